// The final form by keyboard: Enter goes to the next reading, "+" adds one more row of the same item. What was typed
// is kept on the device until it is recorded, and offered back after a reload.

const KEPT_DAYS = 7;
const PREFIX = "mes-draft:";
const SAVE_AFTER_MS = 150;

const form = document.querySelector("form[data-draft]");

// ── Enter and plus ──

function entries() {
  return [...form.querySelectorAll("[data-entry]")].filter((one) => one.offsetParent !== null && !one.disabled);
}

/** The reading after this one; after the last one the button that records. */
function goOn(input) {
  const all = entries();
  const next = all[all.indexOf(input) + 1] ?? form.querySelector("[data-submit]");
  next?.focus();
  next?.select?.();
  next?.scrollIntoView({ block: "center" });
}

function addButton(item) {
  return form.querySelector(`[data-add-row="${item}"]`);
}

function onKey(event) {
  const input = event.target;
  if (!(input instanceof HTMLInputElement) || event.isComposing) return;
  if (event.key === "Enter" && ["text", "number"].includes(input.type)) {
    event.preventDefault();
    goOn(input);
  }
  const item = /^r\.(\w+)\./.exec(input.name)?.[1];
  if (event.key === "+" && item) {
    event.preventDefault();
    addButton(item)?.click();
  }
}

/** A row that was just added is typed into at once. */
function onLoad(event) {
  const first = event.detail.elt.matches?.("[data-row]") ? event.detail.elt.querySelector("[data-entry]") : null;
  if (!first || restoring) return;
  first.focus();
  first.scrollIntoView({ block: "center" });
}

// ── drafts ──

const key = PREFIX + (form?.dataset.draft ?? "");
let restoring = false;
let saving = 0;
let unanswered = {}; // a draft that was offered and neither taken nor forgotten yet

function read() {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null");
  } catch {
    return null; // storage is forbidden, or what is there is not ours
  }
}

function drop() {
  try {
    localStorage.removeItem(key);
  } catch {
    // Storage is forbidden: there is nothing to take away.
  }
}

/** What people typed or chose: no files, nothing that the page itself put there. */
function typed() {
  const values = {};
  for (const one of form.elements) {
    const hidden = one.type === "hidden" && !("placeOf" in one.dataset);
    if (!one.name || hidden || ["file", "submit", "button"].includes(one.type)) continue;
    if (one.type === "radio" || one.type === "checkbox") {
      if (one.checked && !one.defaultChecked) values[one.name] = one.value;
    } else if (one.value !== "") values[one.name] = one.value;
  }
  return values;
}

function save() {
  const values = { ...unanswered, ...typed() };
  try {
    if (Object.keys(values).length) localStorage.setItem(key, JSON.stringify({ at: Date.now(), values }));
    else localStorage.removeItem(key);
  } catch {
    // Storage is forbidden or full; the form works without.
  }
}

function saveSoon() {
  clearTimeout(saving);
  saving = setTimeout(save, SAVE_AFTER_MS);
}

function forgetOld() {
  try {
    const limit = Date.now() - KEPT_DAYS * 86400000;
    for (const name of Object.keys(localStorage)) {
      if (name.startsWith(PREFIX) && !(JSON.parse(localStorage.getItem(name))?.at > limit)) localStorage.removeItem(name);
    }
  } catch {
    // Storage is forbidden, or holds something that is not ours to read.
  }
}

/** Rows that were added before the reload are fetched again, one after another. */
async function addRowsFor(names) {
  for (const name of names) {
    const item = /^r\.(\w+)\./.exec(name)?.[1];
    let tries = 20;
    while (item && !form.elements.namedItem(name) && tries > 0) {
      tries -= 1;
      const button = addButton(item);
      if (!button) break;
      const settled = new Promise((resolve) => document.body.addEventListener("htmx:afterSettle", resolve, { once: true }));
      button.click();
      await Promise.race([settled, new Promise((resolve) => setTimeout(resolve, 4000))]);
    }
  }
}

async function restore(values) {
  restoring = true;
  await addRowsFor(Object.keys(values));
  for (const [name, value] of Object.entries(values)) {
    const found = form.elements.namedItem(name);
    if (found instanceof RadioNodeList) found.value = value;
    else if (found?.type === "checkbox" || found?.type === "radio") found.checked = found.value === value;
    else if (found) found.value = value;
  }
  restoring = false;
  for (const picker of form.querySelectorAll("[data-place]")) picker.dispatchEvent(new CustomEvent("mes:restored"));
  document.getElementById("measurements").dispatchEvent(new Event("change", { bubbles: true }));
  save();
}

function offer(draft) {
  const box = document.getElementById("draft-offer");
  const told = box.querySelector("[data-draft-told]");
  const time = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "short", timeStyle: "short" }).format(new Date(draft.at));
  told.textContent = told.dataset.words.replace("{count}", Object.keys(draft.values).length).replace("{time}", time);
  box.hidden = false;
  unanswered = draft.values;
  box.querySelector("[data-draft-take]").addEventListener("click", async () => {
    box.hidden = true;
    unanswered = {};
    await restore(draft.values);
  });
  box.querySelector("[data-draft-drop]").addEventListener("click", () => {
    box.hidden = true;
    unanswered = {};
    drop();
    save();
  });
}

if (form) {
  forgetOld();
  const draft = read();
  if (draft?.values && !("shownAgain" in form.dataset)) offer(draft);
  form.addEventListener("keydown", onKey);
  form.addEventListener("input", saveSoon);
  form.addEventListener("change", saveSoon);
  addEventListener("pagehide", () => saving && save());
  document.body.addEventListener("htmx:load", onLoad);
  // What a refused form shows again was judged once; the page judges it anew beside the fields.
  if ("shownAgain" in form.dataset) document.getElementById("measurements").dispatchEvent(new Event("change", { bubbles: true }));
}
