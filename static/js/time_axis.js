// The horizontal axis of the Gantt: time to pixels in the factory's zone, ticks that suit the zoom.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY];
const LEAST_RANGE = 20 * MINUTE;
const GREATEST_RANGE = 120 * DAY;

export class TimeAxis {
  constructor(timezone, language) {
    const make = (options) => new Intl.DateTimeFormat(language, { timeZone: timezone, hour12: false, ...options });
    this.formats = {
      day: make({ month: "short", day: "numeric" }),
      weekday: make({ weekday: "short" }),
      clock: make({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" }),
      moment: make({ month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }),
    };
    this.parts = new Intl.DateTimeFormat("en", { timeZone: timezone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric" });
    this.left = 0;
    this.width = 0;
    this.setRange(Date.now(), Date.now() + DAY);
  }

  setRange(from, to) {
    this.from = from;
    this.to = Math.max(to, from + LEAST_RANGE);
    this.offset = this.#offsetAt((from + to) / 2);
  }

  place(left, right) {
    this.left = left;
    this.width = Math.max(1, right - left);
  }

  x(time) {
    return this.left + ((time - this.from) / (this.to - this.from)) * this.width;
  }

  time(x) {
    return this.from + ((x - this.left) / this.width) * (this.to - this.from);
  }

  pan(dx) {
    const shift = (dx / this.width) * (this.to - this.from);
    this.setRange(this.from - shift, this.to - shift);
  }

  /** Zoom so that the time under `atX` stays there. */
  zoom(factor, atX) {
    const range = Math.min(GREATEST_RANGE, Math.max(LEAST_RANGE, (this.to - this.from) / factor));
    const at = this.time(atX);
    const share = (atX - this.left) / this.width;
    this.setRange(at - share * range, at + (1 - share) * range);
  }

  /** Round times in the zone, far enough apart for their labels. */
  ticks() {
    const wanted = ((this.to - this.from) / this.width) * 62;
    const step = STEPS.find((one) => one >= wanted) ?? DAY;
    const ticks = [];
    for (let local = Math.ceil((this.from + this.offset) / step) * step; local <= this.to + this.offset; local += step) {
      const time = local - this.offset;
      ticks.push({ time, isDay: local % DAY === 0, label: this.clock(time) });
    }
    return ticks;
  }

  /** The days in view; every second, fifth … one where there are many. */
  days() {
    const first = Math.floor((this.from + this.offset) / DAY) * DAY;
    const every = Math.max(1, Math.ceil((90 * (this.to - this.from)) / (this.width * DAY)));
    const days = [];
    for (let local = first; local < this.to + this.offset; local += every * DAY) {
      days.push({ start: local - this.offset, end: local + every * DAY - this.offset });
    }
    return days;
  }

  dayLabel(time) {
    return `${this.formats.day.format(time)} ${this.formats.weekday.format(time)}`;
  }

  clock(time) {
    return this.formats.clock.format(time);
  }

  moment(time) {
    return this.formats.moment.format(time);
  }

  #offsetAt(time) {
    const part = Object.fromEntries(this.parts.formatToParts(time).map(({ type, value }) => [type, Number(value)]));
    const local = Date.UTC(part.year, part.month - 1, part.day, part.hour, part.minute);
    return local - Math.floor(time / MINUTE) * MINUTE;
  }
}
