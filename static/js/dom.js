// Small things that every module here needs: the reader's words, icons, toasts.

const wordsElement = document.getElementById("words");

/** The words of the page in the reader's language, by key; see _messages.html. */
export const words = wordsElement ? JSON.parse(wordsElement.textContent) : {};

/** Make an element: element("p", {class: "muted"}, "text", child …). */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(key, "");
    else if (value !== false && value != null) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child != null));
  return made;
}

/** An icon of the sprite. */
export function icon(name, size = "") {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", size ? `icon icon-${size}` : "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${document.getElementById("toasts")?.dataset.icons ?? "/static/vendor/icons.svg"}#${name}`);
  svg.append(use);
  return svg;
}

const TOAST_ICONS = { good: "circle-check", bad: "alert-octagon", warn: "alert-triangle", info: "info-circle" };

/** Show a short message; a bad one stays until it is closed. */
export function toast(message, kind = "info") {
  const box = document.getElementById("toasts");
  if (!box || !message) return;
  const close = element("button", { type: "button", class: "toast-close", "data-toast-close": true, "aria-label": words.close }, icon("x"));
  const shown = element("div", { class: `toast tone-${kind}`, "data-toast": true }, icon(TOAST_ICONS[kind] ?? "info-circle"), element("span", {}, message), close);
  box.append(shown);
  raise(box);
  leaveLater(shown);
}

/** Toasts lie above open dialogs: a popover goes to the top layer when it opens. */
function raise(box) {
  if (!box.showPopover) return;
  if (box.matches(":popover-open")) box.hidePopover();
  box.showPopover();
}

/** Take a toast away after a while, unless it tells of a failure. */
export function leaveLater(shown) {
  if (shown.classList.contains("tone-bad")) return;
  setTimeout(() => dismiss(shown), 10000); // long enough for somebody who has to look up from the work
}

/** Take a toast away. */
export function dismiss(shown) {
  shown.classList.add("is-leaving");
  setTimeout(() => shown.remove(), 220);
}

/** Ask before a step that cannot be taken back. Resolves to true or false. */
export function ask(question) {
  return new Promise((resolve) => {
    const no = element("button", { type: "button", class: "button", value: "no" }, element("span", {}, words.cancel ?? "Cancel"));
    const yes = element("button", { type: "button", class: "button button-primary", value: "yes" }, element("span", {}, words.yes ?? "OK"));
    const dialog = element(
      "dialog",
      { class: "dialog", "aria-label": words.confirm },
      element("header", { class: "dialog-head" }, icon("help"), element("h2", {}, words.confirm ?? "")),
      element("div", { class: "dialog-body" }, element("p", {}, question), element("div", { class: "dialog-actions" }, no, yes)),
    );
    let answer = false;
    no.addEventListener("click", () => dialog.close());
    yes.addEventListener("click", () => {
      answer = true;
      dialog.close();
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(answer);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** A UUID of version 7: it sorts by time, which keeps the database's index compact. */
export function commandId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const now = Date.now();
  for (let i = 0; i < 6; i += 1) bytes[i] = Math.floor(now / 2 ** (8 * (5 - i))) % 256;
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
