// How the Gantt looks: what it draws on its canvas, row by row. `Gantt` adds the data and the hand.

/** Height of the time axis above the rows, in pixels. */
export const AXIS_PX = 54;

function roundedBar(context, x, y, width, height, radius) {
  context.beginPath();
  context.roundRect(x, y, width, height, Math.min(radius, width / 2));
}

/** Draws from the fields that `Gantt` sets: context, axis, rows, bars, closed, hovered, now, scrollY. */
export class GanttPicture {
  /** Take the colours and fonts of the page, which change with the theme. */
  readColours() {
    const style = getComputedStyle(this.place);
    const value = (name) => style.getPropertyValue(`--${name}`).trim();
    const names = ["surface", "canvas", "sunken", "line", "line-strong", "ink", "ink-2", "ink-3", "accent", "bad", "raised"];
    this.colours = Object.fromEntries(names.map((name) => [name, value(name)]));
    this.series = [1, 2, 3, 4, 5, 6].map((number) => value(`series-${number}`));
    this.font = value("font") || "sans-serif";
    this.codeFont = value("font-code") || "monospace";
  }

  /** Draw everything anew. */
  draw() {
    const { context, colours } = this;
    context.fillStyle = colours.surface;
    context.fillRect(0, 0, this.width, this.height);
    context.save();
    context.beginPath();
    context.rect(this.axis.left, AXIS_PX, this.axis.width, this.height - AXIS_PX);
    context.clip();
    this.#drawClosed();
    this.#drawGrid();
    this.#drawThread();
    this.#drawBars();
    this.#drawNow();
    context.restore();
    this.#drawTitles();
    this.#drawAxis();
  }

  /** Where a row begins on the canvas, in pixels. */
  top(row) {
    return AXIS_PX + row.y - this.scrollY;
  }

  #drawClosed() {
    const { context } = this;
    context.fillStyle = this.colours.sunken;
    for (const span of this.closed) {
      const left = this.axis.x(span.start);
      const width = this.axis.x(span.end) - left;
      if (left > this.width || left + width < this.axis.left) continue;
      if (!span.stations) context.fillRect(left, AXIS_PX, width, this.height);
      for (const station of span.stations ?? []) {
        const row = this.rowOf.get(station);
        if (row) context.fillRect(left, this.top(row), width, row.height);
      }
    }
  }

  #drawGrid() {
    const { context, colours } = this;
    context.lineWidth = 1;
    for (const tick of this.axis.ticks()) {
      context.strokeStyle = tick.isDay ? colours["line-strong"] : colours.line;
      context.beginPath();
      const x = Math.round(this.axis.x(tick.time)) + 0.5;
      context.moveTo(x, AXIS_PX);
      context.lineTo(x, this.height);
      context.stroke();
    }
    context.strokeStyle = colours.line;
    for (const row of this.rows) {
      const y = Math.round(this.top(row) + row.height) - 0.5;
      if (row.isGroup) {
        context.fillStyle = colours.canvas;
        context.fillRect(this.axis.left, this.top(row), this.axis.width, row.height);
      }
      context.beginPath();
      context.moveTo(this.axis.left, y);
      context.lineTo(this.width, y);
      context.stroke();
    }
  }

  /** The way of the load under the pointer, from station to station. */
  #drawThread() {
    if (!this.hovered) return;
    const visits = [...this.byLoad.get(this.hovered.load)].sort((a, b) => a.start - b.start);
    const { context } = this;
    context.strokeStyle = this.colours.ink;
    context.lineWidth = 1.5;
    context.setLineDash([3, 3]);
    context.beginPath();
    visits.slice(1).forEach((next, index) => {
      const last = visits[index];
      context.moveTo(this.axis.x(last.end), this.top(last.row) + last.row.height / 2);
      context.lineTo(this.axis.x(next.start), this.top(next.row) + next.row.height / 2);
    });
    context.stroke();
    context.setLineDash([]);
  }

  #colourOf(bar) {
    const series = this.families.get(bar.family)?.series ?? 6;
    return this.series[(series - 1) % 6];
  }

  #drawBars() {
    for (const bar of this.bars) {
      const left = this.axis.x(bar.start);
      const right = this.axis.x(bar.end);
      const top = this.top(bar.row);
      if (right < this.axis.left || left > this.width || top > this.height || top + bar.row.height < AXIS_PX) continue;
      this.#drawBar(bar, left, Math.max(2.5, right - left - 1), top + 5, bar.row.height - 10);
    }
  }

  #drawBar(bar, left, width, top, height) {
    const { context, colours } = this;
    const colour = this.#colourOf(bar);
    const isAside = this.hovered && this.hovered.load !== bar.load;
    context.globalAlpha = isAside ? 0.22 : bar.end < this.now && !this.hovered ? 0.5 : 1;
    context.fillStyle = colour;
    roundedBar(context, left, top, width, height, 5);
    context.fill();
    if (bar.late) this.#markLate(left, width, top, height);
    if (bar.locked && width > 12) this.#markLocked(colour, left, top);
    if (width > 22) this.#drawLabel(bar, colour, left, width, top, height);
    context.globalAlpha = 1;
  }

  #markLate(left, width, top, height) {
    const { context, colours } = this;
    context.fillStyle = colours.bad;
    roundedBar(context, left, top + height - 4, width, 4, 2);
    context.fill();
    context.strokeStyle = colours.bad;
    context.lineWidth = 1.5;
    roundedBar(context, left + 0.75, top + 0.75, Math.max(1, width - 1.5), height - 1.5, 4.5);
    context.stroke();
  }

  /** A fixed load cannot be moved by the solver: a folded corner. */
  #markLocked(colour, left, top) {
    const { context } = this;
    context.fillStyle = GanttPicture.#inkOn(colour);
    context.beginPath();
    context.moveTo(left + 2, top + 2);
    context.lineTo(left + 10, top + 2);
    context.lineTo(left + 2, top + 10);
    context.fill();
  }

  /** The whole label where it fits, else what follows its last hyphen, else nothing. */
  #drawLabel(bar, colour, left, width, top, height) {
    const { context } = this;
    const from = Math.max(left, this.axis.left);
    const room = left + width - from - 9;
    const label = bar.label ?? bar.load;
    context.font = `600 12px ${this.codeFont}`;
    const text = [label, label.slice(label.lastIndexOf("-") + 1)].find((one) => context.measureText(one).width <= room);
    if (!text) return;
    context.textBaseline = "middle";
    context.textAlign = "left";
    context.fillStyle = GanttPicture.#inkOn(colour);
    context.fillText(text, from + 6, top + height / 2 + 0.5);
  }

  static #inkOn(colour) {
    return GanttPicture.#isLight(colour) ? "#191a17" : "#ffffff";
  }

  static #isLight(colour) {
    const value = Number.parseInt(colour.slice(1), 16);
    return 0.299 * (value >> 16) + 0.587 * ((value >> 8) & 255) + 0.114 * (value & 255) > 128;
  }

  #drawNow() {
    const x = this.axis.x(this.now);
    if (x < this.axis.left || x > this.width) return;
    this.context.fillStyle = this.colours.ink;
    this.context.fillRect(x - 1, AXIS_PX, 2, this.height);
  }

  #drawTitles() {
    const { context, colours } = this;
    context.fillStyle = colours.surface;
    context.fillRect(0, AXIS_PX, this.axis.left, this.height);
    context.textBaseline = "middle";
    context.textAlign = "left";
    for (const row of this.rows) {
      const top = this.top(row);
      if (top + row.height < AXIS_PX || top > this.height) continue;
      context.fillStyle = row.isGroup ? colours.canvas : colours.surface;
      context.fillRect(0, top, this.axis.left, row.height);
      context.fillStyle = row.isGroup ? colours["ink-3"] : colours.ink;
      context.font = row.isGroup ? `550 12px ${this.font}` : `520 14px ${this.font}`;
      context.fillText(this.#shorten(row.title, this.axis.left - 24), 16, top + row.height / 2 + 0.5);
      context.fillStyle = colours.line;
      context.fillRect(0, Math.round(top + row.height) - 1, this.axis.left, 1);
    }
    context.fillStyle = colours["line-strong"];
    context.fillRect(this.axis.left - 1, AXIS_PX, 1, this.height);
  }

  #shorten(text, width) {
    if (this.context.measureText(text).width <= width) return text;
    let shown = text;
    while (shown.length > 1 && this.context.measureText(`${shown}…`).width > width) shown = shown.slice(0, -1);
    return `${shown}…`;
  }

  #drawAxis() {
    const { context, colours } = this;
    context.fillStyle = colours.surface;
    context.fillRect(0, 0, this.width, AXIS_PX);
    context.save();
    context.beginPath();
    context.rect(this.axis.left, 0, this.axis.width, AXIS_PX);
    context.clip();
    context.textBaseline = "middle";
    context.textAlign = "left";
    for (const day of this.axis.days()) {
      context.font = `620 13px ${this.font}`;
      context.fillStyle = colours.ink;
      const label = this.axis.dayLabel(day.start);
      const end = this.axis.x(day.end) - context.measureText(label).width - 10;
      context.fillText(label, Math.min(Math.max(this.axis.x(day.start), this.axis.left) + 8, Math.max(end, this.axis.x(day.start) + 8)), 17);
      context.fillStyle = colours["line-strong"];
      context.fillRect(Math.round(this.axis.x(day.start)), 4, 1, AXIS_PX);
    }
    context.font = `450 12px ${this.font}`;
    context.textAlign = "center";
    for (const tick of this.axis.ticks()) {
      if (tick.isDay) continue;
      context.fillStyle = colours["ink-3"];
      context.fillText(tick.label, this.axis.x(tick.time), 39);
    }
    this.#drawNowLabel();
    context.restore();
    context.fillStyle = colours["line-strong"];
    context.fillRect(0, AXIS_PX - 1, this.width, 1);
  }

  #drawNowLabel() {
    const { context, colours } = this;
    const x = this.axis.x(this.now);
    if (x < this.axis.left || x > this.width) return;
    const label = `${this.words.now ?? ""} ${this.axis.clock(this.now)}`;
    context.font = `620 12px ${this.font}`;
    const width = context.measureText(label).width + 16;
    const left = Math.min(Math.max(x - width / 2, this.axis.left + 2), this.width - width - 2);
    context.fillStyle = colours.ink;
    roundedBar(context, left, 29, width, 21, 7);
    context.fill();
    context.fillStyle = colours.surface;
    context.textAlign = "center";
    context.fillText(label, left + width / 2, 40);
  }
}
