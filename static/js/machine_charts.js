// A machine's history: its states and alarms as strips, its measured values as curves with their limits, over one
// axis of time. A pointer anywhere shows what was at that time in all of them.

import { element } from "./dom.js";
import { drawCurves, drawPhases, drawStrip, drawTicks, LAMPS, LEFT, RIGHT, seriesOf } from "./machine_charts_drawing.js";
import { set, svg } from "./svg.js";
import { TimeAxis } from "./time_axis.js";

const AGAIN_MS = 30_000;

class MachineCharts {
  constructor(place) {
    this.place = place;
    this.words = JSON.parse(place.querySelector("script").textContent);
    this.axis = new TimeAxis(place.dataset.timezone, document.documentElement.lang);
    this.body = element("div", { class: "charts-body" });
    this.card = element("div", { class: "charts-card", hidden: true });
    this.cursors = [];
    place.append(this.body, this.card);
    place.addEventListener("pointermove", (event) => this.#point(event));
    place.addEventListener("pointerdown", (event) => this.#point(event));
    place.addEventListener("pointerleave", () => this.#leave());
    new ResizeObserver(() => this.shown && this.#draw()).observe(place);
    this.#load();
    setInterval(() => document.hidden || this.#load(), AGAIN_MS);
  }

  async #load() {
    try {
      const answer = await fetch(this.place.dataset.machineCharts, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      this.shown = await answer.json();
      this.#draw();
    } catch {
      if (!this.shown) this.body.replaceChildren(element("p", { class: "muted" }, this.words.failed));
    }
  }

  #draw() {
    const { shown, words } = this;
    this.width = this.place.clientWidth;
    if (this.width < 50) return;
    this.axis.place(LEFT, this.width - RIGHT);
    this.axis.setRange(shown.from, shown.to);
    this.cursors = [];
    const parts = [this.#strip()];
    for (const curves of grouped(shown.curves)) parts.push(this.#picture(curves));
    if (!shown.curves.length) parts.push(element("p", { class: "muted" }, words.empty));
    this.body.replaceChildren(...parts);
  }

  #strip() {
    const { shown, words } = this;
    const hasAlarms = shown.alarms.length > 0;
    const height = hasAlarms ? 84 : 64;
    const picture = svg("svg", { class: "charts-picture", viewBox: `0 0 ${this.width} ${height}`, width: this.width, height, role: "img", "aria-label": words.strip });
    drawStrip(picture, shown, this.axis, words, hasAlarms);
    drawTicks(picture, this.axis, height - 18, 0);
    this.#addCursor(picture, height - 20);
    const states = [...new Set(shown.states.map((one) => one.state))];
    const legend = element("ul", { class: "legend" }, ...states.map((state) => element("li", { class: `lamp-${LAMPS[state] ?? "offline"}` }, element("i", { class: `swatch is-${state}` }), words.states[state] ?? state)));
    return element("figure", { class: "charts-part" }, element("h3", {}, words.strip), picture, legend);
  }

  /** Curves that belong together: one scale, a colour each. */
  #picture(curves) {
    const [first] = curves;
    const isSingle = curves.length === 1;
    const phases = isSingle ? first.phases : null;
    const height = phases ? 236 : 210;
    const picture = svg("svg", { class: "charts-picture", viewBox: `0 0 ${this.width} ${height}`, width: this.width, height, role: "img", "aria-label": first.group_title });
    const foot = height - (phases ? 44 : 22);
    drawTicks(picture, this.axis, foot + 4, 10);
    drawCurves(picture, curves, this.axis, foot, this.shown, this.words);
    if (phases) drawPhases(picture, phases, this.axis, foot + 22, this.words);
    this.#addCursor(picture, foot);
    const legend = curves.map((curve, index) => element("li", {}, element("i", { class: `swatch ${seriesOf(index, curves.length)}` }), curve.title));
    const title = element("h3", {}, `${first.group_title} `, element("small", {}, first.unit ?? ""));
    return element("figure", { class: "charts-part" }, title, picture, isSingle ? null : element("ul", { class: "legend" }, ...legend), ...this.#notes(curves));
  }

  /** What the curves say in words: how they were made, and how fast a chamber changed. */
  #notes(curves) {
    const notes = [];
    const changing = curves.flatMap((curve) => curve.phases ?? []).filter((phase) => phase.kind !== "holding");
    if (changing.length) {
      const steepest = changing.reduce((most, phase) => (Math.abs(phase.rate) > Math.abs(most.rate) ? phase : most));
      const isBad = changing.some((phase) => phase.too_fast);
      const text = `${this.words.steepest} ${this.words.phases[steepest.kind]} ${Math.abs(steepest.rate)} K/h – ${isBad ? this.words.tooFast : this.words.inLimits} (${this.words.source})`;
      notes.push(element("p", { class: isBad ? "text-bad" : "muted" }, text));
    }
    const thinned = curves.find((curve) => !curve.raw);
    if (thinned) notes.push(element("p", { class: "muted" }, this.words.average.replace("%(minutes)s", String(thinned.step / 60_000))));
    return notes;
  }

  #addCursor(picture, height) {
    const line = svg("path", { class: "charts-cursor", d: `M0 6V${height}`, visibility: "hidden" });
    picture.append(line);
    this.cursors.push(line);
  }

  #point(event) {
    if (!this.shown) return;
    const box = this.body.getBoundingClientRect();
    const x = event.clientX - box.left;
    if (x < LEFT || x > this.width - RIGHT) return this.#leave();
    const time = this.axis.time(x);
    for (const line of this.cursors) set(line, { transform: `translate(${x.toFixed(1)} 0)`, visibility: "visible" });
    this.#fillCard(time);
    const left = x + 220 > this.width ? x - 216 : x + 16;
    this.card.style.left = `${Math.max(0, left)}px`;
    this.card.style.top = `${Math.max(0, event.clientY - this.place.getBoundingClientRect().top + 14)}px`;
    return undefined;
  }

  #leave() {
    this.card.hidden = true;
    for (const line of this.cursors) set(line, { visibility: "hidden" });
  }

  #fillCard(time) {
    const { shown, words } = this;
    const state = shown.states.find((one) => one.from <= time && time < one.to);
    const lines = [];
    if (state) {
      const minutes = Math.round((state.to - state.from) / 6000) / 10;
      lines.push(`${words.states[state.state] ?? state.state} · ${minutes} ${words.minutes}`);
      if (state.pallet) lines.push(words.pallet.replace("%(number)s", state.pallet));
      if (state.reason) lines.push(words.reasons[state.reason] ?? state.reason);
    }
    for (const alarm of shown.alarms) if (alarm.from <= time && time < alarm.to) lines.push(`⚠ ${alarm.code} ${alarm.text[words.language] ?? ""}`);
    for (const curve of shown.curves) {
      const row = valueAt(curve, time);
      if (row) lines.push(`${curve.title}: ${format(curve.raw ? row[1] : row[2])} ${curve.unit ?? ""}`);
    }
    this.card.replaceChildren(element("b", {}, this.axis.moment(time)), ...lines.map((line) => element("span", {}, line)));
    this.card.hidden = false;
  }
}

/** Curves by the picture they share, in their order. */
function grouped(curves) {
  const groups = new Map();
  for (const curve of curves) {
    const name = curve.group ?? curve.point;
    groups.set(name, [...(groups.get(name) ?? []), curve]);
  }
  return groups.values();
}

/** The row that holds at a time: the last one before it, unless the machine was not heard then. */
function valueAt(curve, time) {
  if (curve.gaps.some(([from, to]) => from <= time && time < to)) return null;
  let low = 0;
  let high = curve.rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (curve.rows[middle][0] <= time) low = middle + 1;
    else high = middle;
  }
  return low ? curve.rows[low - 1] : null;
}

function format(value) {
  return Number(value.toPrecision(4)).toString();
}

for (const place of document.querySelectorAll("[data-machine-charts]")) place.charts = new MachineCharts(place);
