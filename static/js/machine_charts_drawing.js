// How strips and curves of a machine's history are drawn as SVG. Times are milliseconds since 1970.

import { svg } from "./svg.js";

export const LEFT = 52;
export const RIGHT = 10;
const TOP = 12;
const STEPS = [1, 2, 2.5, 5];

/** PackML state to lamp; the same as on the server. */
export const LAMPS = {
  execute: "running", starting: "running", completing: "running", complete: "running", idle: "idle", resetting: "idle",
  suspended: "blocked", suspending: "blocked", unsuspending: "blocked", held: "fault", holding: "fault", unholding: "fault",
  aborted: "fault", aborting: "fault", clearing: "fault", stopped: "stopped", stopping: "stopped",
};

/** States as a strip of colours, alarms as a thin one below. */
export function drawStrip(picture, shown, axis, words, hasAlarms) {
  for (const one of shown.states) {
    const x = axis.x(one.from);
    const bar = svg("rect", { class: `strip-bar lamp-${LAMPS[one.state] ?? "offline"}${one.state === "unknown" || one.state === "complete" ? ` is-${one.state}` : ""}`, x: x.toFixed(1), y: 6, width: Math.max(0.7, axis.x(one.to) - x).toFixed(1), height: 34 });
    if (one.reason) bar.append(svg("title", {}, words.reasons[one.reason] ?? one.reason));
    picture.append(bar);
  }
  if (!hasAlarms) return;
  for (const alarm of shown.alarms) {
    const x = axis.x(alarm.from);
    picture.append(svg("rect", { class: `strip-alarm is-${alarm.severity}`, x: x.toFixed(1), y: 46, width: Math.max(3, axis.x(alarm.to) - x).toFixed(1), height: 10, rx: 3 }, svg("title", {}, `${alarm.code} ${alarm.text[words.language] ?? ""}`)));
  }
}

/** Round times below, with lines up to `top` where it is above zero. */
export function drawTicks(picture, axis, y, top) {
  for (const tick of axis.ticks()) {
    const x = axis.x(tick.time);
    if (x < LEFT - 1 || x > axis.left + axis.width + 1) continue;
    if (top) picture.append(svg("path", { class: `chart-grid${tick.isDay ? " chart-base" : ""}`, d: `M${x.toFixed(1)} ${top}V${y - 4}` }));
    picture.append(svg("text", { class: "chart-tick", x: x.toFixed(1), y: y + 12, "text-anchor": "middle" }, tick.isDay ? axis.dayLabel(tick.time) : tick.label));
  }
}

/** Curves with their common scale and limits between the top of the picture and `foot`. */
export function drawCurves(picture, curves, axis, foot, shown, words) {
  const scale = scaleOf(curves, foot);
  const right = axis.left + axis.width;
  for (const value of scale.ticks) {
    picture.append(svg("path", { class: "chart-grid", d: `M${LEFT} ${scale.y(value).toFixed(1)}H${right}` }));
    picture.append(svg("text", { class: "chart-tick", x: LEFT - 8, y: scale.y(value) + 4, "text-anchor": "end" }, String(Number(value.toPrecision(6)))));
  }
  for (const limit of limitsOf(curves)) {
    const y = scale.y(limit).toFixed(1);
    picture.append(svg("path", { class: "chart-limit", d: `M${LEFT} ${y}H${right}` }));
    picture.append(svg("text", { class: "chart-tick charts-limit", x: right, y: Number(y) - 5, "text-anchor": "end" }, `${words.limit} ${limit}`));
  }
  const end = Math.min(shown.now, shown.to);
  const x = (time) => axis.x(Math.max(time, shown.from)).toFixed(1);
  curves.forEach((curve, index) => {
    if (!curve.raw && curves.length === 1) picture.append(svg("path", { class: "charts-band", d: bandPath(curve, x, scale.y) }));
    picture.append(svg("path", { class: `chart-line charts-line ${seriesOf(index, curves.length)}`, d: linePath(curve, x, scale.y, end) }));
  });
}

/** The colour of a curve among others. */
export function seriesOf(index, count) {
  return count === 1 ? "series-3" : `series-${(index % 6) + 1}`;
}

function limitsOf(curves) {
  return [...new Set(curves.flatMap((curve) => [curve.warn_low, curve.warn_high]))].filter((limit) => limit != null);
}

/** What a chamber did: heating, holding, cooling; red where it changed too fast. */
export function drawPhases(picture, phases, axis, y, words) {
  for (const phase of phases) {
    const x = axis.x(phase.from);
    const width = axis.x(phase.to) - x;
    if (x + width < LEFT) continue;
    const kind = phase.too_fast ? "too-fast" : phase.kind;
    picture.append(svg("rect", { class: `phase phase-${kind}`, x: Math.max(LEFT, x).toFixed(1), y, width: Math.max(0.7, width - Math.max(0, LEFT - x)).toFixed(1), height: 16 }, svg("title", {}, `${words.phases[phase.kind]} ${phase.rate} K/h`)));
    if (width > 64) picture.append(svg("text", { class: "chart-tick phase-word", x: (Math.max(LEFT, x) + 6).toFixed(1), y: y + 12 }, words.phases[phase.kind]));
  }
}

/** A value holds until the next one is told; nothing is drawn where the machine was not heard. */
function linePath(curve, x, y, end) {
  const value = (row) => (curve.raw ? row[1] : row[2]);
  let path = "";
  let isDown = false;
  curve.rows.forEach((row, index) => {
    const next = index + 1 < curve.rows.length ? curve.rows[index + 1][0] : end;
    const gap = curve.gaps.find(([from, to]) => to > row[0] && from < next);
    const until = gap ? Math.max(row[0], Math.min(gap[0], next)) : next;
    const isDense = !curve.raw && next - row[0] <= 2 * curve.step;
    path += `${isDown ? (isDense || !curve.raw ? "L" : "V") : "M"}`;
    path += isDown && curve.raw ? y(value(row)).toFixed(1) : `${x(row[0])} ${y(value(row)).toFixed(1)}`;
    if (!isDense || gap) path += `H${x(until)}`;
    isDown = !gap;
  });
  return path;
}

/** From the lowest to the highest of each step, as one closed shape for each stretch without a pause. */
function bandPath(curve, x, y) {
  const stretches = [];
  let last = null;
  for (const row of curve.rows) {
    if (!last || row[0] - last[0] > 3 * curve.step) stretches.push([]);
    stretches.at(-1).push(row);
    last = row;
  }
  return stretches
    .map((rows) => {
      const above = rows.map((row) => `${x(row[0])} ${y(row[3]).toFixed(1)}`);
      const below = rows.map((row) => `${x(row[0])} ${y(row[1]).toFixed(1)}`).reverse();
      return `M${above.join("L")}L${below.join("L")}Z`;
    })
    .join("");
}

/** A scale with round steps that holds every value and the limits that are near. */
function scaleOf(curves, foot) {
  let low = Math.min(Infinity, ...limitsOf(curves));
  let high = Math.max(-Infinity, ...limitsOf(curves));
  for (const curve of curves) {
    for (const row of curve.rows) {
      low = Math.min(low, row[1]);
      high = Math.max(high, curve.raw ? row[1] : row[3]);
    }
  }
  if (high - low < 1e-9) {
    high += Math.abs(high) * 0.05 || 1;
    low -= Math.abs(low) * 0.05 || 0;
  }
  if (low > 0 && low < high * 0.5) low = 0;
  const step = roundStep((high - low) / 4);
  const bottom = Math.floor(low / step + 1e-9) * step;
  const count = Math.ceil((high - bottom) / step - 1e-9) || 1;
  const top = bottom + count * step;
  return {
    y: (value) => foot - ((value - bottom) / (top - bottom)) * (foot - TOP),
    ticks: Array.from({ length: count + 1 }, (_, index) => bottom + index * step),
  };
}

function roundStep(raw) {
  const power = 10 ** Math.floor(Math.log10(raw));
  return (STEPS.find((one) => one * power >= raw - 1e-12) ?? 10) * power;
}
