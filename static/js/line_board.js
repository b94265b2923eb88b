// The line board: draws each line of the page and keeps it up to date, for hours: nodes are used again, listeners are
// added once, an answer that says the same as before is empty.

import { element, icon } from "./dom.js";
import { LineDrawing } from "./line_board_drawing.js";

const SILENT_AFTER_MS = 3000;
const ANSWER_WITHIN_MS = 5000;
const AGES_EVERY_MS = 20_000;
const LEAST_HEIGHT = 440;
const WALL_WIDTH = 1180;
const WALL_HEIGHT = 350;

class LineBoard {
  constructor(place) {
    const described = JSON.parse(place.querySelector("script").textContent);
    this.place = place;
    this.words = described.words;
    this.url = place.dataset.state;
    this.every = Number(place.dataset.every);
    this.version = "";
    this.offset = 0;
    this.heardAt = Date.now();
    this.polls = 0;
    this.sections = [...place.querySelectorAll("[data-line]")];
    this.drawings = this.sections.map((section, index) => new LineDrawing(section.querySelector(".board-canvas"), described.lines[index], this.words, described.series));
    this.notice = element("p", { class: "board-notice", role: "alert", hidden: true }, icon("wifi-off"), element("span"));
    place.prepend(this.notice);
    this.dialog = document.getElementById("board-detail");
    this.clock = new Intl.DateTimeFormat(document.documentElement.lang, { timeZone: described.timezone, hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
    new ResizeObserver(() => this.#resize()).observe(place);
    place.addEventListener("click", (event) => this.#open(event.target));
    place.addEventListener("keydown", (event) => (event.key === "Enter" || event.key === " ") && this.#open(event.target) && event.preventDefault());
    setInterval(() => this.board && this.#show(), AGES_EVERY_MS);
    this.#resize();
    this.#poll();
  }

  #resize() {
    const walls = this.place.closest(".wall");
    const top = this.place.getBoundingClientRect().top + scrollY;
    const room = walls ? this.place.clientHeight : Math.max(LEAST_HEIGHT, innerHeight - top - 118);
    const scale = walls ? Math.max(1, Math.min(innerWidth / WALL_WIDTH, room / this.sections.length / WALL_HEIGHT)) : 1;
    this.sections.forEach((section, index) => {
      const head = section.querySelector(".board-line-name")?.offsetHeight ?? 0;
      const share = walls ? room / this.sections.length - head - 14 : this.sections.length > 1 ? LEAST_HEIGHT : room - head;
      this.drawings[index].resize(section.clientWidth, Math.max(walls ? 260 : LEAST_HEIGHT, share), scale);
    });
  }

  async #poll() {
    if (!document.hidden) await this.#ask();
    setTimeout(() => this.#poll(), this.every);
  }

  async #ask() {
    this.polls += 1;
    try {
      const answer = await fetch(`${this.url}&seen=${this.version}`, { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
      if (answer.redirected) location.reload(); // the session has ended
      if (!answer.ok) throw new Error(String(answer.status));
      this.heardAt = Date.now();
      if (answer.status === 200) {
        const { version, now, board } = await answer.json();
        this.version = version;
        this.offset = now - Date.now();
        this.board = board;
        this.#show();
      }
    } catch {
      // The notice says since when nothing was heard.
    }
    this.#tellSilence();
  }

  #show() {
    for (const drawing of this.drawings) drawing.show(this.board, Date.now() + this.offset);
    this.place.dataset.version = this.version;
  }

  #tellSilence() {
    const serverSince = Date.now() - this.heardAt > SILENT_AFTER_MS ? this.heardAt + this.offset : 0;
    const gatewaySince = Math.min(Infinity, ...Object.values(this.board?.away ?? {}));
    const since = serverSince || (gatewaySince < Infinity ? gatewaySince : 0);
    this.notice.hidden = !since;
    this.place.classList.toggle("is-silent", Boolean(serverSince));
    if (!since) return;
    const why = serverSince ? this.words.serverAway : this.words.gatewayAway;
    const text = `${this.words.noData.replace("%(time)s", this.clock.format(since))} – ${why}`;
    const shown = this.notice.lastElementChild;
    if (shown.textContent !== text) shown.textContent = text;
  }

  /** What a tap on a pallet or a station tells, in the page's one dialog. */
  #open(target) {
    const pallet = target.closest?.("[data-pallet]")?.dataset.pallet;
    const station = target.closest?.("[data-station]")?.dataset.station;
    if (!this.dialog || (!pallet && !station)) return false;
    const url = pallet ? `${this.place.dataset.pallets}/${pallet}` : `${this.place.dataset.stations}/${encodeURIComponent(station)}`;
    this.#fill(url);
    return true;
  }

  async #fill(url) {
    const body = this.dialog.querySelector(".dialog-body");
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
      if (!answer.ok) throw new Error(String(answer.status));
      body.innerHTML = await answer.text();
    } catch {
      body.textContent = this.words.failed;
    }
    if (!this.dialog.open) this.dialog.showModal();
  }
}

for (const place of document.querySelectorAll("[data-line-board]")) place.lineBoard = new LineBoard(place);
