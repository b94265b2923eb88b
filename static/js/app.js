// The start of every page: theme, language, toasts, and the modules that look after forms and controls.

import { watchCommands } from "./commands.js";
import { watchControls } from "./controls.js";
import { dismiss, leaveLater, toast, words } from "./dom.js";
import { watchPhotos } from "./photos.js";
import { watchScanning } from "./scan.js";

const root = document.documentElement;

function switchTheme() {
  const theme = root.dataset.theme === "dark" ? "light" : "dark";
  root.dataset.theme = theme;
  try {
    localStorage.setItem("mes-theme", theme);
  } catch {
    // Storage may be forbidden; the choice then lasts for this page.
  }
}

/** Remember the language for a year; the address keeps everything else that it says. */
function switchLanguage(locale) {
  document.cookie = `mes_locale=${locale}; path=/; max-age=31536000; samesite=lax`;
  const address = new URL(location.href);
  address.searchParams.delete("lang");
  if (address.href === location.href) location.reload();
  else location.assign(address);
}

function onClick(event) {
  const target = event.target;
  if (!(target instanceof Element)) return;
  if (target.closest("[data-theme-switch]")) switchTheme();
  const language = target.closest("[data-locale]");
  if (language) {
    event.preventDefault();
    switchLanguage(language.dataset.locale);
  }
  if (target.closest("[data-toast-close]")) dismiss(target.closest("[data-toast]"));
}

/** A form that came back with something wrong shows where, not only that. */
function showFirstFault() {
  const fault = document.querySelector("main .has-errors");
  if (fault && !document.activeElement?.closest(".has-errors")) fault.scrollIntoView({ block: "center" });
}

function showClock(clock) {
  const format = new Intl.DateTimeFormat(root.lang, { hour: "2-digit", minute: "2-digit", hour12: false });
  const tick = () => {
    clock.textContent = format.format(new Date());
  };
  tick();
  setInterval(tick, 5000);
}

/** Load the wall screen again from time to time; when the server is away, keep what is there and try later. */
function refreshEvery(seconds) {
  setInterval(async () => {
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (!answer.ok) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-refresh-seconds]");
      if (fresh) document.querySelector("[data-refresh-seconds]").replaceChildren(...fresh.childNodes);
    } catch {
      // No network: the next round tries again.
    }
  }, seconds * 1000);
}

const LEAVING_MS = 10000; // longer than a page takes to come; a download, which leaves nothing, holds nothing up for long

/** A tap that leads elsewhere wins: a part that looks after itself may not load its page anew meanwhile. */
function letTapsWin() {
  let leavingSince = -Infinity;
  addEventListener("beforeunload", () => {
    leavingSince = performance.now();
  });
  document.body.addEventListener("htmx:beforeOnLoad", (event) => {
    const { elt, xhr } = event.detail;
    const leads = xhr.getResponseHeader("HX-Redirect") ?? xhr.getResponseHeader("HX-Refresh");
    const bySelf = elt.getAttribute("hx-trigger")?.startsWith("every");
    if (leads && bySelf && performance.now() - leavingSince < LEAVING_MS) event.preventDefault();
  });
}

async function startGantts(within) {
  const found = within.querySelectorAll?.("[data-gantt]:not([data-ready])") ?? [];
  if (found.length === 0) return;
  const { Gantt } = await import("./gantt.js");
  for (const place of found) if (!("ready" in place.dataset)) Gantt.mount(place); // another call may have been faster
}

document.addEventListener("click", onClick);
document.body.addEventListener("toast", (event) => toast(event.detail.message ?? event.detail.value, event.detail.kind));
document.body.addEventListener("htmx:load", (event) => startGantts(event.detail.elt));
addEventListener("offline", () => toast(words.offline, "warn"));
addEventListener("online", () => toast(words.online, "good"));
document.querySelectorAll("[data-toast]").forEach(leaveLater);
document.querySelectorAll("[data-clock]").forEach(showClock);
const refreshed = document.querySelector("[data-refresh-seconds]");
if (refreshed) refreshEvery(Number(refreshed.dataset.refreshSeconds));
letTapsWin();
watchCommands();
watchControls();
watchPhotos();
watchScanning();
startGantts(document);
showFirstFault();
