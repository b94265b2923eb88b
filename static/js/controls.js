// Controls of the stylesheet that need a little script: steppers, gauges, dialogs, menus, table labels.

import { element, icon, words } from "./dom.js";

function onStep(button) {
  const input = button.closest("[data-stepper]").querySelector("input");
  if (input.value === "" && input.placeholder) input.value = input.placeholder;
  else if (button.dataset.step === "1") input.stepUp();
  else input.stepDown();
  input.dispatchEvent(new Event("input", { bubbles: true }));
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

function signed(value) {
  const rounded = Math.round(value * 1000) / 1000;
  return rounded > 0 ? `+${rounded}` : String(rounded).replace("-", "−");
}

/** Move the needle of a measurement's gauge. The same drawing rule as the macro `gauge`. */
function showDeviation(field) {
  const gauge = field.querySelector("[data-gauge]");
  const input = field.querySelector("input");
  const lower = Number(gauge.dataset.lower);
  const upper = Number(gauge.dataset.upper);
  const empty = input.value.trim() === "";
  const deviation = Number(input.value) - Number(field.dataset.nominal);
  const span = upper - lower || 1;
  const inside = deviation >= lower && deviation <= upper;
  const near = (lower !== 0 && deviation - lower < span * 0.1) || upper - deviation < span * 0.1;
  gauge.setAttribute("class", `gauge gauge-${empty ? "empty" : inside ? (near ? "near" : "good") : "bad"}`);
  const at = Math.min(197, Math.max(3, 40 + ((deviation - lower) / span) * 120));
  gauge.querySelector(".gauge-needle").setAttribute("x", String(at - 3));
  gauge.querySelector("[data-gauge-value]").textContent = empty ? "–" : `${signed(deviation)} ${field.dataset.unit}`;
}

/** On a phone a table turns into cards; each cell then needs the title of its column. */
export function labelCells(root) {
  for (const table of root.querySelectorAll?.(".table") ?? []) {
    const titles = Array.from(table.querySelectorAll("thead th"), (cell) => cell.textContent.trim());
    for (const row of table.tBodies[0]?.rows ?? []) {
      Array.from(row.cells).forEach((cell, index) => {
        if (!cell.hasAttribute("data-label") && titles[index]) cell.setAttribute("data-label", titles[index]);
      });
    }
  }
}

/** Where the life of an element is wider than the screen, bring the present step into view. */
function showPresentStep(root) {
  for (const life of root.querySelectorAll?.("[data-lifecycle]") ?? []) {
    const now = life.querySelector("[aria-current]");
    if (now) life.scrollLeft = now.offsetLeft - life.offsetLeft - life.clientWidth / 2 + now.offsetWidth / 2;
  }
}

function prepare(root) {
  labelCells(root);
  showPresentStep(root);
}

function enlarge(link) {
  const caption = link.querySelector("span")?.textContent;
  const close = element("button", { type: "button", class: "photo-remove", "aria-label": words.close }, icon("x"));
  const dialog = element("dialog", { class: "dialog lightbox" }, element("img", { src: link.href, alt: caption ?? "" }), caption ? element("p", {}, caption) : null, close);
  dialog.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

function onClick(event) {
  const target = event.target;
  if (!(target instanceof Element)) return;
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(target)) menu.open = false;
  }
  if (target instanceof HTMLDialogElement && target.open) {
    const box = target.getBoundingClientRect();
    const outside = event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
    if (outside) target.close();
    return;
  }
  const step = target.closest("[data-step]");
  if (step) onStep(step);
  const opener = target.closest("[data-dialog-open]");
  if (opener) {
    event.preventDefault();
    document.getElementById(opener.dataset.dialogOpen)?.showModal();
  }
  if (target.closest("[data-dialog-close]")) target.closest("dialog")?.close();
  if (target.closest("[data-print]")) print();
  if (target.closest("[data-back]")) history.back();
  const photo = target.closest("a[data-photo]");
  if (photo && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    enlarge(photo);
  }
}

/** Look after all controls of the page, those that come later as well. */
export function watchControls() {
  document.addEventListener("click", onClick);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details[data-menu][open]")) menu.open = false;
  });
  document.addEventListener("input", (event) => {
    const field = event.target.closest?.("[data-measurement]");
    if (field) showDeviation(field);
  });
  document.addEventListener("change", (event) => {
    if (event.target.closest?.("[data-submit-on-change]")) event.target.form?.requestSubmit();
  });
  document.body.addEventListener("htmx:load", (event) => prepare(event.detail.elt));
  prepare(document);
}
