// A line as a picture: stations, slots and pallets, each one node that is made once and then only changed.

import { centre, dockOf, layOut, roomOf, wordsOf } from "./line_board_layout.js";
import { set, svg, write } from "./svg.js";

const PALLET_HEIGHT = 38;
const FIGURE_PX = 8;
const HOUR = 3_600_000;
const USUAL_STAY_MINUTES = 480;
const GONE_AFTER_MS = 4000;
const WARM = [30, 40, 50, 60];

export class LineDrawing {
  constructor(place, line, words, series) {
    this.place = place;
    this.line = line;
    this.words = words;
    this.series = series;
    this.root = svg("svg", { class: "board-picture", role: "group", "aria-label": `${line.code} ${line.name}` });
    this.back = svg("path", { class: "board-track board-track-back" });
    this.there = svg("path", { class: "board-track" });
    this.cells = new Map(line.stations.map((station) => [station.code, this.#makeCell(station)]));
    this.racks = new Map(line.stations.filter((one) => one.slots).map((station) => [station.code, this.#makeRack(station)]));
    this.movers = svg("g", { class: "board-pallets" });
    this.pallets = new Map();
    this.root.append(this.back, this.there, ...[...this.racks.values()].map((one) => one.node), ...[...this.cells.values()].map((one) => one.node), this.movers);
    place.append(this.root);
  }

  /** Fit the picture into a width and a height; a phone's picture is as high as it must be. `scale` makes all larger. */
  resize(width, height, scale = 1) {
    if (width < 10) return;
    this.layout = layOut(this.line, width / scale, height / scale);
    set(this.root, { viewBox: `0 0 ${width / scale} ${this.layout.height}`, width, height: this.layout.height * scale });
    set(this.there, { d: this.layout.track.there });
    set(this.back, { d: this.layout.track.back });
    for (const [code, cell] of this.cells) this.#placeCell(cell, this.layout.cells.get(code));
    for (const [code, rack] of this.racks) this.#placeRack(rack, this.layout.racks.get(code));
    if (this.shown) this.show(this.shown, this.now, true);
  }

  /** Show a document of the feed; `now` is the server's time. */
  show(board, now, isMoved = false) {
    this.shown = board;
    this.now = now;
    if (!this.layout) return;
    for (const station of this.line.stations) {
      const told = board.stations[station.code];
      if (!told) continue;
      const cell = this.cells.get(station.code);
      const text = JSON.stringify(told);
      if (text !== cell.text || isMoved) this.#showStation(cell, station, told);
      cell.text = text;
      if (station.slots) this.#showRack(this.racks.get(station.code), station, told);
    }
    this.#showPallets(board);
  }

  #makeCell(station) {
    const parts = {
      frame: svg("rect", { class: "board-frame", rx: 12 }),
      name: svg("text", { class: "board-name", x: 14, y: 25 }),
      state: svg("text", { class: "board-state", x: 14, y: 45 }),
      lamp: svg("circle", { class: "board-lamp", r: 7, cy: 20 }),
      track: svg("rect", { class: "board-done-track", height: 5, rx: 2.5 }),
      done: svg("rect", { class: "board-done", height: 5, rx: 2.5, width: 0 }),
      title: svg("title"),
    };
    const node = svg("g", { class: "board-station lamp-offline", tabindex: 0, role: "button", "data-station": station.code, "aria-label": station.name }, ...Object.values(parts));
    return { node, parts };
  }

  #placeCell(cell, area) {
    cell.area = area;
    set(cell.node, { transform: `translate(${area.x} ${area.y})` });
    set(cell.parts.frame, { width: area.width, height: area.height });
    set(cell.parts.lamp, { cx: area.width - 18 });
    for (const bar of [cell.parts.track, cell.parts.done]) set(bar, { x: 14, y: area.height - 13 });
    set(cell.parts.track, { width: area.width - 28 });
  }

  #showStation(cell, station, told) {
    const { parts, area } = cell;
    const alarm = told.alarms?.[0];
    const away = told.connection && told.connection !== "connected";
    const lasting = told.state ? (this.words.states[told.state] ?? told.state) : "";
    const text = alarm ? alarm.text[this.words.language] || alarm.code : away ? this.words.connections[told.connection] : told.by_hand ? this.words.byHand : lasting;
    set(cell.node, {
      class: `board-station lamp-${told.lamp}${alarm ? ` alarm-${alarm.severity}` : ""}${told.good === false ? " is-stale" : ""}`,
    });
    write(parts.name, station.name, area.width - 48, 15);
    write(parts.state, text, wordsOf(area), 13);
    const alarms = (told.alarms ?? []).map((one) => `⚠ ${one.code} ${one.text[this.words.language] ?? ""}`);
    write(parts.title, [station.name, lasting, away ? `${this.words.connections[told.connection]} ${told.reason ?? ""}` : "", ...alarms].filter(Boolean).join("\n"));
    set(parts.done, { width: told.progress == null ? 0 : Math.max(0, ((area.width - 28) * Math.min(100, told.progress)) / 100) });
    set(parts.track, { visibility: told.progress == null ? "hidden" : "visible" });
  }

  #makeRack(station) {
    const frame = svg("rect", { class: "board-rack-frame", rx: 12 });
    const name = svg("text", { class: "board-name", x: 14, y: 21 });
    const figures = svg("text", { class: "board-figures", y: 21, "text-anchor": "end" });
    const slots = Array.from({ length: station.slots }, (_, index) => {
      const parts = {
        face: svg("rect", { class: "slot-face", rx: 5 }),
        warm: svg("rect", { class: "slot-warm", height: 4, rx: 2 }),
        number: svg("text", { class: "slot-number", "text-anchor": "middle" }),
        age: svg("text", { class: "slot-age", "text-anchor": "middle" }),
      };
      return { node: svg("g", { class: "board-slot is-free" }, ...Object.values(parts)), parts, number: index + 1 };
    });
    return { node: svg("g", { class: "board-rack" }, frame, name, figures, ...slots.map((slot) => slot.node)), frame, name, figures, slots };
  }

  #placeRack(rack, area) {
    rack.area = area;
    set(rack.frame, { x: area.x, y: area.y, width: area.width, height: area.height });
    set(rack.name, { x: area.x + 14, y: area.y + 21 });
    set(rack.figures, { x: area.x + area.width - 14, y: area.y + 21 });
    rack.slots.forEach((slot, index) => {
      const place = area.slots[index];
      const middle = centre(place);
      slot.centre = middle;
      slot.area = place;
      set(slot.parts.face, { x: place.x, y: place.y, width: place.width, height: place.height });
      set(slot.parts.warm, { x: place.x + 5, y: place.y + place.height - 7, width: Math.max(0, place.width - 10) });
      set(slot.parts.number, { x: middle.x, y: middle.y + (place.height > 44 ? 0 : place.height > 32 ? 4 : 2) });
      set(slot.parts.age, { x: middle.x, y: middle.y + 15 });
    });
  }

  #showRack(rack, station, told) {
    const held = new Map((told.slots ?? []).map(([slot, pallet, since]) => [slot, { pallet, since }]));
    const stay = (station.stay_minutes || USUAL_STAY_MINUTES) * 60_000;
    write(rack.name, station.name, rack.area.width * 0.5, 15);
    const warm = told.temperature == null ? "" : `${told.temperature.toFixed(1)} °C`;
    const damp = told.humidity == null ? "" : `${Math.round(told.humidity)} %`;
    const count = `${held.size} / ${station.slots}`;
    const room = (rack.area.width - 44 - station.name.length * 15) / FIGURE_PX;
    const figures = [[warm, damp, count], [warm, count], [count]].map((some) => some.filter(Boolean).join(" · "));
    write(rack.figures, figures.find((text) => text.length <= room) ?? count);
    set(rack.node, { class: `board-rack${told.good === false ? " is-stale" : ""}` });
    for (const slot of rack.slots) this.#showSlot(slot, held.get(slot.number), stay, temperatureOf(told, slot.number, station.slots));
  }

  #showSlot(slot, held, stay, temperature) {
    const age = held ? this.now - held.since : 0;
    set(slot.node, {
      class: held ? `board-slot age-${ageClass(age / stay)} ${temperature == null ? "" : `warm-${warmClass(temperature)}`}` : "board-slot is-free",
      "data-pallet": held?.pallet ?? null,
    });
    write(slot.parts.number, held ? String(held.pallet) : String(slot.number));
    write(slot.parts.age, held && slot.area.height > 44 && slot.area.width > 40 ? `${(age / HOUR).toFixed(1)} ${this.words.hours}` : "");
    set(slot.parts.warm, { visibility: held && temperature != null ? "visible" : "hidden" });
  }

  /** Each pallet to its place: the dock of a station, or a slot, where the slot itself shows it. */
  #showPallets(board) {
    const seen = new Set();
    for (const station of this.line.stations) {
      const told = board.stations[station.code];
      if (!told) continue;
      const { area } = this.cells.get(station.code);
      if (told.pallet) this.#movePallet(told.pallet, dockOf(area), board, roomOf(area), seen);
      for (const [slot, pallet] of told.slots ?? []) {
        const place = this.racks.get(station.code)?.slots[slot - 1];
        if (place) this.#movePallet(pallet, place.centre, board, 0, seen);
      }
    }
    const now = performance.now();
    for (const [number, pallet] of this.pallets) {
      if (seen.has(number)) pallet.seen = now;
      else if (now - pallet.seen > GONE_AFTER_MS) {
        pallet.node.remove();
        this.pallets.delete(number);
      }
    }
  }

  /** `width` is the room at a dock; 0 in a slot, which shows the pallet itself. */
  #movePallet(number, place, board, width, seen) {
    if (seen.has(number)) return;
    seen.add(number);
    const pallet = this.pallets.get(number) ?? this.#makePallet(number);
    const where = `translate(${Math.round(place.x)}px, ${Math.round(place.y)}px)`;
    if (pallet.where !== where) pallet.node.style.transform = pallet.where = where;
    const load = board.pallets[number];
    set(pallet.node, { class: `board-pallet series-${this.series[load?.family] ?? 6}${width ? "" : " in-slot"}${load ? "" : " is-empty"}` });
    if (!width) return;
    set(pallet.face, { x: -width / 2, width });
    set(pallet.stripe, { x: -width / 2 });
    set(pallet.number, { x: -width / 2 + 16 });
    set(pallet.load, { x: width / 2 - 10 });
    write(pallet.load, load ? `${load.load} · ${load.pieces}` : "", width - 56, 13);
  }

  #makePallet(number) {
    const face = svg("rect", { class: "pallet-face", y: -PALLET_HEIGHT / 2, height: PALLET_HEIGHT, rx: 7 });
    const stripe = svg("rect", { class: "pallet-stripe", y: -PALLET_HEIGHT / 2, width: 7, height: PALLET_HEIGHT, rx: 3 });
    const text = svg("text", { class: "pallet-number", y: 6 }, String(number));
    const load = svg("text", { class: "pallet-load", y: 5, "text-anchor": "end" });
    const node = svg("g", { "data-pallet": number, tabindex: -1 }, face, stripe, text, load);
    const pallet = { node, face, stripe, number: text, load, seen: performance.now(), where: "" };
    this.pallets.set(number, pallet);
    this.movers.append(node);
    return pallet;
  }
}

/** The temperature at a slot: its own, its zone's, or the chamber's. */
function temperatureOf(told, slot, slots) {
  const zones = Object.keys(told.zone_temperatures ?? {}).length;
  const zone = zones ? Math.min(zones, Math.floor(((slot - 1) * zones) / slots) + 1) : 0;
  return told.slot_temperatures?.[slot] ?? told.zone_temperatures?.[zone] ?? told.temperature ?? null;
}

/** 0 … 3 for each quarter of the planned stay, 4 when it is over. */
function ageClass(share) {
  return Math.max(0, Math.min(4, Math.floor(share * 4)));
}

function warmClass(celsius) {
  return WARM.filter((limit) => celsius >= limit).length;
}
