// Codes: a hand scanner that types, the camera, or fingers. Whatever the way, the code lands in an input with
// `data-scan`, which tells of it by the event `mes:scan`; `data-scan="submit"` sends its form as well.

import { element, icon, words } from "./dom.js";

const FORMATS = ["QRCode", "DataMatrix", "Code128", "EAN13"];
const NATIVE_FORMATS = ["qr_code", "data_matrix", "code_128", "ean_13"];
const LOOK_EVERY_MS = 120;
const WEDGE_GAP_MS = 60;

/** Put a code into an input and tell of it. */
export function accept(input, code) {
  input.value = code;
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

function isTyping(target) {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

function firstScanInput() {
  const inputs = document.querySelectorAll("dialog[open] [data-scan], main [data-scan], [data-scan]");
  const order = (input) => (input.closest("dialog[open]") ? 0 : input.closest("main") ? 1 : 2);
  return [...inputs].filter((input) => input.offsetParent !== null && !input.disabled).sort((a, b) => order(a) - order(b))[0];
}

/** A hand scanner types very fast and ends with Enter; catch it where no input has the focus. */
function watchHandScanner() {
  let typed = "";
  let last = 0;
  document.addEventListener("keydown", (event) => {
    if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.timeStamp - last > WEDGE_GAP_MS) typed = "";
    last = event.timeStamp;
    if (event.key === "Enter" && typed.length >= 4) {
      const input = firstScanInput();
      event.preventDefault();
      if (input) accept(input, typed);
      typed = "";
    } else if (event.key.length === 1) {
      typed += event.key;
      if (event.key === "/" && typed === "/") focusScanLater(() => typed === "/");
    }
  });
}

/** "/" alone puts the cursor into the scan field; as the start of a scanned code it does not. */
function focusScanLater(stillAlone) {
  setTimeout(() => stillAlone() && document.getElementById("top-scan")?.focus(), WEDGE_GAP_MS * 2);
}

function onEnter(event) {
  const input = event.target;
  if (event.key !== "Enter" || !(input instanceof HTMLInputElement) || !input.matches("[data-scan]")) return;
  event.preventDefault();
  if (input.value.trim()) accept(input, input.value.trim());
  if (input.dataset.scan !== "submit" && input.value.trim() && !input.dataset.scanStay) focusNext(input);
}

function focusNext(input) {
  const fields = [...(input.form?.elements ?? [])].filter((one) => one.offsetParent !== null && one.type !== "button" && !one.disabled);
  fields[fields.indexOf(input) + 1]?.focus();
}

/** Look after all scan inputs and buttons of the page. */
export function watchScanning() {
  document.addEventListener("keydown", onEnter);
  watchHandScanner();
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-scan-open]");
    if (button) onScanButton(button);
  });
}
