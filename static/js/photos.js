// Photos before they are sent: shrunk to 1600 px JPEG, collected over several shots, shown as previews.

import { toast, words } from "./dom.js";

const LONGEST_SIDE_PX = 1600;
const JPEG_QUALITY = 0.85;

/** The photo as a JPEG of at most 1600 px; createImageBitmap turns it the way the camera was held. */
export async function shrink(file) {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, LONGEST_SIDE_PX / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", JPEG_QUALITY));
  if (!blob) throw new Error("The canvas made no JPEG.");
  const name = file.name.replace(/\.\w+$/, "") || "photo";
  return new File([blob], `${name}.jpg`, { type: "image/jpeg", lastModified: file.lastModified });
}

const chosen = new WeakMap();

function show(field) {
  const list = field.querySelector("[data-photo-previews]");
  const add = list.querySelector(".photo-add");
  const template = field.querySelector("[data-photo-template]");
  list.querySelectorAll(".photo").forEach((old) => {
    URL.revokeObjectURL(old.querySelector("img").src);
    old.remove();
  });
  chosen.get(field).forEach((file, index) => {
    const preview = template.content.firstElementChild.cloneNode(true);
    preview.querySelector("img").src = URL.createObjectURL(file);
    preview.querySelector("span").textContent = `${Math.max(1, Math.round(file.size / 1024))} kB`;
    preview.querySelector("button").addEventListener("click", () => {
      chosen.get(field).splice(index, 1);
      store(field);
    });
    add.before(preview);
  });
}

function store(field) {
  const transfer = new DataTransfer();
  chosen.get(field).forEach((file) => transfer.items.add(file));
  field.querySelector("input[type=file]").files = transfer.files;
  show(field);
}

async function onChange(field, input) {
  const kept = input.multiple ? (chosen.get(field) ?? []) : [];
  const form = input.form;
  form?.toggleAttribute("data-busy", true);
  try {
    for (const file of input.files) {
      try {
        kept.push(await shrink(file));
      } catch {
        toast(`${file.name}: ${words.photoFailed}`, "bad");
      }
    }
  } finally {
    form?.toggleAttribute("data-busy", false);
  }
  chosen.set(field, kept);
  store(field);
}

/** Look after all photo inputs of the page. */
export function watchPhotos() {
  document.addEventListener("change", (event) => {
    const field = event.target.closest?.("[data-photos]");
    if (field && event.target.type === "file") onChange(field, event.target);
  });
  document.addEventListener("reset", (event) => {
    for (const field of event.target.querySelectorAll("[data-photos]")) {
      chosen.set(field, []);
      show(field);
    }
  });
}
