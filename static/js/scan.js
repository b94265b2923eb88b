// Codes: a hand scanner that types, the camera, or fingers. Whatever the way, the code lands in an input with
// `data-scan`, which tells of it by the event `mes:scan`; `data-scan="submit"` sends its form as well.

import { element, icon, toast, words } from "./dom.js";
import { onOneLine, watchHandScanners } from "./wedge.js";

const FORMATS = ["QRCode", "DataMatrix", "Code128", "EAN13"];
const NATIVE_FORMATS = ["qr_code", "data_matrix", "code_128", "ean_13"];
const LOOK_EVERY_MS = 120;

/** Put a code into an input and tell of it. */
export function accept(input, code) {
  input.value = onOneLine(code);
  input.dispatchEvent(new Event("input", { bubbles: true }));
  input.dispatchEvent(new Event("change", { bubbles: true }));
  const event = new CustomEvent("mes:scan", { bubbles: true, cancelable: true, detail: { code } });
  if (input.dispatchEvent(event) && input.dataset.scan === "submit") input.form?.requestSubmit();
}

async function nativeReader() {
  if (!("BarcodeDetector" in globalThis)) return null;
  const known = await BarcodeDetector.getSupportedFormats();
  const formats = NATIVE_FORMATS.filter((format) => known.includes(format));
  if (!formats.includes("qr_code")) return null;
  const detector = new BarcodeDetector({ formats });
  return async (video) => (await detector.detect(video))[0]?.rawValue;
}

async function wasmReader() {
  const zxing = await import("../vendor/zxing/reader/index.js");
  const wasm = document.getElementById("toasts").dataset.zxing;
  zxing.prepareZXingModule({ overrides: { locateFile: (path, prefix) => (path.endsWith(".wasm") ? wasm : prefix + path) } });
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  return async (video) => {
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    context.drawImage(video, 0, 0);
    const picture = context.getImageData(0, 0, canvas.width, canvas.height);
    const found = await zxing.readBarcodes(picture, { formats: FORMATS, tryHarder: true, maxNumberOfSymbols: 1 });
    return found.find((one) => one.isValid !== false)?.text;
  };
}

async function openCamera(video) {
  const wanted = { facingMode: { ideal: "environment" }, width: { ideal: 1280 }, height: { ideal: 720 } };
  const stream = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
  video.srcObject = stream;
  await video.play();
  return stream;
}

/** Look at the picture again and again until there is a code, or `stopped()` says so. */
async function lookForCode(video, stopped) {
  const read = (await nativeReader()) ?? (await wasmReader());
  while (!stopped()) {
    if (video.readyState >= video.HAVE_CURRENT_DATA && video.videoWidth > 0) {
      const code = await read(video);
      if (code) return code;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return null;
}

function buildDialog() {
  const video = element("video", { playsinline: true, muted: true });
  video.muted = true;
  const message = element("p", { class: "scan-message" }, words.scanHint);
  const view = element("div", { class: "scan-view" }, video, element("div", { class: "scan-frame" }), message);
  const close = element("button", { type: "button", class: "icon-button", "aria-label": words.close }, icon("x"));
  const input = element("input", { class: "input code", type: "text", autocomplete: "off", autocapitalize: "off", spellcheck: "false", placeholder: words.typeCode, "aria-label": words.typeCode, enterkeyhint: "go" });
  const use = element("button", { type: "submit", class: "button button-primary" }, element("span", {}, words.use));
  const type = element("form", { class: "scan-type", method: "dialog" }, input, use);
  const head = element("header", { class: "dialog-head" }, icon("scan"), element("h2", {}, words.scan), close);
  const dialog = element("dialog", { class: "dialog scan-dialog", "aria-label": words.scan }, head, element("div", { class: "dialog-body" }, view, type));
  return { dialog, video, view, message, close, input, type };
}

function showNoCamera(parts, error) {
  parts.view.classList.add("no-camera");
  parts.message.textContent = error?.name === "NotAllowedError" ? words.cameraDenied : words.noCamera;
  parts.input.focus();
}

/** Open the scan dialog. Resolves to the code, or to null when it is closed. */
export function scan() {
  return new Promise((resolve) => {
    const parts = buildDialog();
    let stream = null;
    let result = null;
    let closed = false;
    const finish = (code) => {
      result = code;
      parts.dialog.close();
    };
    parts.close.addEventListener("click", () => parts.dialog.close());
    parts.type.addEventListener("submit", (event) => {
      event.preventDefault();
      if (parts.input.value.trim()) finish(parts.input.value.trim());
    });
    parts.dialog.addEventListener("close", () => {
      closed = true;
      stream?.getTracks().forEach((track) => track.stop());
      parts.dialog.remove();
      resolve(result);
    });
    document.body.append(parts.dialog);
    parts.dialog.showModal();
    if (!navigator.mediaDevices?.getUserMedia) {
      showNoCamera(parts);
      return;
    }
    openCamera(parts.video)
      .then((opened) => {
        stream = opened;
        if (closed) stream.getTracks().forEach((track) => track.stop());
        return lookForCode(parts.video, () => closed);
      })
      .then((code) => {
        if (!code) return;
        parts.view.classList.add("is-found");
        navigator.vibrate?.(60);
        setTimeout(() => finish(code), 220);
      })
      .catch((error) => closed || showNoCamera(parts, error));
  });
}

async function onScanButton(button) {
  const input = document.querySelector(button.dataset.scanOpen);
  const code = await scan();
  if (code && input) accept(input, code);
}

function submitInput(input) {
  if (!input.value.trim()) return;
  accept(input, input.value.trim());
  if (input.dataset.scan !== "submit" && !input.dataset.scanStay) focusNext(input);
}

function focusNext(input) {
  const fields = [...(input.form?.elements ?? [])].filter((one) => one.offsetParent !== null && one.type !== "button" && !one.disabled);
  fields[fields.indexOf(input) + 1]?.focus();
}

/**
 * What a code leads to, without leaving the page: `{kind, number, title, address}`, or a problem with `detail`, what
 * was `read`, and `suggestions` of the same form. Throws when there is no such answer.
 */
export async function lookUp(code) {
  const answer = await fetch(`/scan?${new URLSearchParams({ code })}`, { headers: { Accept: "application/json" } });
  if (!/json/.test(answer.headers.get("Content-Type") ?? "")) throw new Error(`no answer to a scan: ${answer.status}`);
  return answer.json();
}

const LONGEST_IN_ADDRESS = 3900; // the server takes 4,094 bytes as the first line of a request

/** The field on every page: go where the code leads; stay, with a word, where it leads nowhere. */
async function goWhereItLeads(form) {
  const input = form.elements.namedItem("code");
  const code = input.value.trim();
  if (!code || form.hasAttribute("aria-busy")) return;
  if (encodeURIComponent(code).length > LONGEST_IN_ADDRESS) {
    toast(words.tooLong, "bad");
    input.select();
    return;
  }
  form.setAttribute("aria-busy", "true");
  try {
    const told = await lookUp(code);
    if (told.address) location.assign(told.address);
    else if (told.suggestions?.length) location.assign(`/scan?${new URLSearchParams({ code })}`);
    else {
      toast(told.detail ?? words.failed, "bad");
      input.select();
    }
  } catch {
    form.submit(); // signed out, or no such answer: the page says what there is to say
  } finally {
    form.removeAttribute("aria-busy");
  }
}

/** Look after all scan inputs and buttons of the page. */
export function watchScanning() {
  watchHandScanners(accept, submitInput, () => document.getElementById("top-scan")?.focus());
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-scan-open]");
    if (button) onScanButton(button);
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form.top-scan")) return;
    event.preventDefault();
    goWhereItLeads(event.target);
  });
}
