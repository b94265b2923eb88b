// The plan as a picture: a row per station, grouped by line; a bar per visit of a pallet load. On a canvas, because
// 300 loads on 12 stations are 3600 bars. What it reads (times are ISO 8601; see docs/design-system.md):
// { timezone, now, lines: [{name, stations: [{id, name}]}], closed: [{from, to, stations?}],
//   families: [{code, name, series: 1…6}],
//   bars: [{id, station, load, from, to, family, label?, late?, locked?, due?, elements?, url?}] }

import { element, icon } from "./dom.js";
import { AXIS_PX, GanttPicture } from "./gantt_picture.js";
import { TimeAxis } from "./time_axis.js";

const GROUP_PX = 30;
const FOOT_PX = 64;
const MINUTE = 60_000;
const TAP_SLOP_PX = 6;

export class Gantt extends GanttPicture {
  /** Draw into `place`; the plan comes from its JSON script or its `data-url`. */
  static mount(place) {
    place.dataset.ready = "";
    const gantt = new Gantt(place, JSON.parse(place.dataset.words ?? "{}"));
    const script = place.querySelector("script[type='application/json']");
    if (script) gantt.show(JSON.parse(script.textContent));
    else if (place.dataset.url) gantt.load(place.dataset.url);
    place.gantt = gantt;
    return gantt;
  }

  constructor(place, words) {
    super();
    this.place = place;
    this.words = words;
    this.canvas = element("canvas", { tabindex: "0", role: "img" });
    this.context = this.canvas.getContext("2d");
    this.card = element("div", { class: "gantt-card", hidden: true });
    this.message = element("div", { class: "gantt-message", hidden: true });
    this.legend = element("ul", { class: "legend gantt-legend", hidden: true });
    this.pointers = new Map();
    this.rows = [];
    this.bars = [];
    this.scrollY = 0;
    this.hovered = null;
    place.append(this.canvas, this.message, this.legend, this.#tools(), this.card);
    this.#listen();
    this.readColours();
  }

  /** Fetch the plan and show it; a failure is said in the picture's place. */
  async load(url) {
    try {
      const answer = await fetch(url, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      this.show(await answer.json());
    } catch {
      this.#say(this.words.failed);
    }
  }

  /** Show a plan; the view keeps its place when there was one before. */
  show(plan) {
    this.plan = plan;
    this.families = new Map((plan.families ?? []).map((family) => [family.code, family]));
    this.#fillLegend();
    this.#layRows(plan.lines ?? []);
    this.bars = (plan.bars ?? [])
      .map((bar) => ({ ...bar, start: Date.parse(bar.from), end: Date.parse(bar.to), row: this.rowOf.get(bar.station) }))
      .filter((bar) => bar.row);
    this.byLoad = Map.groupBy ? Map.groupBy(this.bars, (bar) => bar.load) : this.#groupByLoad();
    this.closed = (plan.closed ?? []).map((span) => ({ ...span, start: Date.parse(span.from), end: Date.parse(span.to) }));
    this.now = plan.now ? Date.parse(plan.now) : Date.now();
    this.#say(this.bars.length ? "" : this.words.empty);
    const isFirst = !this.axis;
    this.place.style.height = `${Math.min(AXIS_PX + this.rowsHeight + FOOT_PX, Math.max(360, innerHeight * 0.8))}px`;
    this.axis ??= new TimeAxis(plan.timezone ?? "Asia/Shanghai", document.documentElement.lang);
    this.#resize();
    if (isFirst) this.fitToday();
    this.canvas.setAttribute("aria-label", `${this.byLoad.size} / ${this.rowOf.size}`);
  }

  /** Zoom so that the whole plan shows. */
  fit() {
    const starts = this.bars.map((bar) => bar.start);
    const ends = this.bars.map((bar) => bar.end);
    const from = starts.reduce((least, value) => Math.min(least, value), starts.length ? Infinity : this.now);
    const to = ends.reduce((most, value) => Math.max(most, value), ends.length ? -Infinity : this.now + 480 * MINUTE);
    const margin = (to - from) * 0.02 + 10 * MINUTE;
    this.axis.setRange(from - margin, to + margin);
    this.scrollY = 0;
    this.#drawSoon();
  }

  /** Show the working hours around now, where each load can be read; the whole plan when it is short or elsewhere. */
  fitToday() {
    const from = this.now - 120 * MINUTE;
    const to = this.now + (this.axis.width < 500 ? 120 : 420) * MINUTE;
    if (this.bars.some((bar) => bar.end > from && bar.start < to)) {
      this.axis.setRange(from, to);
      this.#drawSoon();
    } else this.fit();
  }

  /** Zoom by a factor about a place on the canvas (by default its middle). */
  zoom(factor, atX = this.axis.left + this.axis.width / 2) {
    this.axis.zoom(factor, atX);
    this.#drawSoon();
  }

  #groupByLoad() {
    const groups = new Map();
    for (const bar of this.bars) groups.set(bar.load, [...(groups.get(bar.load) ?? []), bar]);
    return groups;
  }

  #say(text) {
    this.message.textContent = text ?? "";
    this.message.hidden = !text;
  }

  #tools() {
    const button = (name, label, act) => {
      const made = element("button", { type: "button", class: "icon-button", "aria-label": label, title: label }, icon(name));
      made.addEventListener("click", act);
      return made;
    };
    return element(
      "div",
      { class: "gantt-tools" },
      button("zoom-out", this.words.out, () => this.axis && this.zoom(1 / 1.5)),
      button("zoom-in", this.words.in, () => this.axis && this.zoom(1.5)),
      button("zoom-reset", this.words.fit, () => this.axis && this.fit()),
    );
  }

  #fillLegend() {
    const entry = (swatch, name) => element("li", {}, element("i", { class: `swatch ${swatch}` }), name);
    const families = [...this.families.values()].map((family) => entry(`series-${family.series ?? 6}`, family.name ?? family.code));
    this.legend.replaceChildren(...families, entry("late", this.words.late ?? ""));
    this.legend.hidden = families.length === 0;
  }

  #layRows(lines) {
    this.rowHeight = matchMedia("(pointer: coarse)").matches ? 52 : 42;
    this.rows = [];
    this.rowOf = new Map();
    let y = 0;
    for (const line of lines) {
      this.rows.push({ y, height: GROUP_PX, title: line.name, isGroup: true });
      y += GROUP_PX;
      for (const station of line.stations) {
        const row = { y, height: this.rowHeight, title: station.name, station: station.id };
        this.rows.push(row);
        this.rowOf.set(station.id, row);
        y += this.rowHeight;
      }
    }
    this.rowsHeight = y;
  }

  #listen() {
    new ResizeObserver(() => this.#resize()).observe(this.place);
    new MutationObserver(() => {
      this.readColours();
      this.#drawSoon();
    }).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    document.fonts?.ready.then(() => this.#drawSoon());
    const on = (type, act, options) => this.canvas.addEventListener(type, (event) => this.axis && act.call(this, event), options);
    on("pointerdown", this.#onPointerDown);
    on("pointermove", this.#onPointerMove);
    on("pointerup", this.#onPointerUp);
    on("pointercancel", this.#onPointerUp);
    on("pointerleave", () => this.#hover(null));
    on("wheel", this.#onWheel, { passive: false });
    on("keydown", this.#onKey);
  }

  #resize() {
    const box = this.place.getBoundingClientRect();
    if (!box.width || !this.axis) return;
    const ratio = devicePixelRatio || 1;
    this.width = box.width;
    this.height = this.place.clientHeight;
    this.canvas.width = Math.round(this.width * ratio);
    this.canvas.height = Math.round(this.height * ratio);
    this.canvas.style.width = `${this.width}px`;
    this.canvas.style.height = `${this.height}px`;
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.axis.place(this.width < 560 ? 84 : 148, this.width);
    this.#scrollTo(this.scrollY);
    this.#drawSoon();
  }

  #scrollTo(y) {
    this.scrollY = Math.max(0, Math.min(y, this.rowsHeight + FOOT_PX - (this.height - AXIS_PX)));
  }

  #drawSoon() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = null;
      if (this.axis?.width > 0) this.draw();
    });
  }

  #barAt(x, y) {
    if (y < AXIS_PX || x < this.axis.left) return null;
    const row = this.rows.find((one) => !one.isGroup && y >= this.top(one) && y < this.top(one) + one.height);
    if (!row) return null;
    const slop = 4;
    return this.bars.findLast((bar) => bar.row === row && this.axis.x(bar.start) - slop <= x && this.axis.x(bar.end) + slop >= x) ?? null;
  }

  #point(event) {
    const box = this.canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  #onPointerDown(event) {
    const point = this.#point(event);
    this.pointers.set(event.pointerId, point);
    this.canvas.setPointerCapture(event.pointerId);
    this.travelled = 0;
  }

  #onPointerMove(event) {
    const point = this.#point(event);
    const last = this.pointers.get(event.pointerId);
    if (!last) {
      if (event.pointerType === "mouse") this.#hover(this.#barAt(point.x, point.y), point);
      return;
    }
    if (this.pointers.size === 2) this.#pinch(event.pointerId, point);
    else this.#pan(point.x - last.x, point.y - last.y);
    this.pointers.set(event.pointerId, point);
  }

  #pan(dx, dy) {
    this.travelled += Math.hypot(dx, dy);
    if (this.travelled < TAP_SLOP_PX) return;
    this.canvas.classList.add("is-panning");
    this.#hover(null);
    this.axis.pan(dx);
    this.#scrollTo(this.scrollY - dy);
    this.#drawSoon();
  }

  #pinch(id, point) {
    const [otherId] = [...this.pointers.keys()].filter((one) => one !== id);
    const other = this.pointers.get(otherId);
    const before = Math.abs(this.pointers.get(id).x - other.x);
    const after = Math.abs(point.x - other.x);
    this.travelled = TAP_SLOP_PX + 1;
    if (before > 12 && after > 12) this.zoom(after / before, (point.x + other.x) / 2);
  }

  #onPointerUp(event) {
    this.pointers.delete(event.pointerId);
    this.canvas.classList.remove("is-panning");
    if (event.type !== "pointerup" || this.travelled >= TAP_SLOP_PX) return;
    const point = this.#point(event);
    const bar = this.#barAt(point.x, point.y);
    if (event.pointerType !== "mouse" && bar !== this.hovered) this.#hover(bar, point);
    else if (bar) this.#select(bar);
  }

  #select(bar) {
    const event = new CustomEvent("gantt:select", { bubbles: true, cancelable: true, detail: { bar } });
    if (!this.place.dispatchEvent(event)) return;
    const address = bar.url ?? this.place.dataset.link?.replace("{id}", encodeURIComponent(bar.id));
    if (address) location.assign(address);
  }

  #onWheel(event) {
    const point = this.#point(event);
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY / 300), point.x);
      return;
    }
    const sideways = event.shiftKey ? event.deltaY : event.deltaX;
    const before = this.scrollY;
    if (!event.shiftKey) this.#scrollTo(this.scrollY + event.deltaY);
    if (sideways) this.axis.pan(-sideways);
    if (sideways || this.scrollY !== before) {
      event.preventDefault();
      this.#hover(null);
      this.#drawSoon();
    }
  }

  #onKey(event) {
    const acts = {
      ArrowLeft: () => this.axis.pan(80),
      ArrowRight: () => this.axis.pan(-80),
      ArrowUp: () => this.#scrollTo(this.scrollY - this.rowHeight),
      ArrowDown: () => this.#scrollTo(this.scrollY + this.rowHeight),
      "+": () => this.zoom(1.3),
      "=": () => this.zoom(1.3),
      "-": () => this.zoom(1 / 1.3),
      Home: () => this.fit(),
    };
    if (!acts[event.key] || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    acts[event.key]();
    this.#drawSoon();
  }

  #hover(bar, point) {
    if (bar !== this.hovered) {
      this.hovered = bar;
      this.canvas.classList.toggle("is-over", Boolean(bar));
      this.card.hidden = !bar;
      if (bar) this.#fillCard(bar);
      this.#drawSoon();
    }
    if (!bar) return;
    const left = Math.min(point.x + 16, this.width - 284);
    const below = point.y + 18 + this.card.offsetHeight < this.height;
    this.card.style.left = `${Math.max(8, left)}px`;
    this.card.style.top = `${below ? point.y + 18 : Math.max(8, point.y - 14 - this.card.offsetHeight)}px`;
  }

  #fillCard(bar) {
    const family = this.families.get(bar.family);
    const swatch = element("i", { class: `swatch series-${family?.series ?? 6}` });
    const minutes = Math.round((bar.end - bar.start) / MINUTE);
    const rows = [
      [this.words.start, this.axis.moment(bar.start)],
      [this.words.end, `${this.axis.moment(bar.end)} · ${minutes} ${this.words.minutes}`],
      bar.due ? [this.words.due, this.axis.moment(Date.parse(bar.due)) + (bar.late ? ` · ${this.words.late}` : "")] : null,
      bar.elements?.length ? [this.words.elements, bar.elements.join(", ")] : null,
    ].filter(Boolean);
    const list = element("dl", {}, ...rows.flatMap(([label, value]) => [element("dt", {}, label), element("dd", {}, value)]));
    this.card.replaceChildren(element("h4", {}, bar.label ?? bar.load), element("div", {}, swatch, `${family?.name ?? bar.family ?? ""} · ${bar.row.title}`), list);
  }
}
