// Where everything of a line lies: stations in a loop, chambers as racks of slots inside it. Lengths are CSS pixels.

const GAP = 14;
const PALLET_WIDTH = 116;
const PHONE = 640;
const LOW = 84;
const LOW_BELOW = 380;
const LOW_CELL = 215;

/** Lay a line out for a width and a height: {width, height, cells, racks, track}; cells and racks by station code. */
export function layOut(line, width, height) {
  return width < PHONE ? upright(line, width) : loop(line, width, height);
}

/** Two rows, the upper from left to right and the lower back, the racks between them. */
function loop(line, width, height) {
  const stations = line.stations;
  const above = Math.ceil(stations.length / 2);
  const below = Math.max(1, stations.length - above);
  const isLow = height < LOW_BELOW && (width - GAP * (above - 1)) / above >= LOW_CELL;
  const rowHeight = isLow ? LOW : clamp(height * 0.25, 118, 150);
  const cells = new Map();
  stations.forEach((station, index) => {
    const inUpper = index < above;
    const count = inUpper ? above : below;
    const place = inUpper ? index : count - 1 - (index - above);
    const cellWidth = (width - GAP * (count - 1)) / count;
    cells.set(station.code, box(place * (cellWidth + GAP), inUpper ? 0 : height - rowHeight, cellWidth, rowHeight));
  });
  const middle = box(0, rowHeight + GAP * 1.6, width, height - 2 * rowHeight - GAP * 3.2);
  return { width, height, cells, racks: placeRacks(line, cells, middle), track: trackOf(stations, cells) };
}

/** For a phone: two columns, down on the left and up on the right; the racks below. */
function upright(line, width) {
  const stations = line.stations;
  const rows = Math.ceil(stations.length / 2);
  const cellWidth = (width - GAP) / 2;
  const rowHeight = 116;
  const cells = new Map();
  stations.forEach((station, index) => {
    const isLeft = index < rows;
    const row = isLeft ? index : rows - 1 - (index - rows);
    cells.set(station.code, box(isLeft ? 0 : cellWidth + GAP, row * (rowHeight + GAP), cellWidth, rowHeight));
  });
  let y = rows * (rowHeight + GAP) + 8;
  const racks = new Map();
  for (const station of stations.filter((one) => one.slots)) {
    const columns = Math.min(station.slots, 6);
    const rackHeight = 34 + Math.ceil(station.slots / columns) * 50;
    racks.set(station.code, rack(station, box(0, y, width, rackHeight), columns));
    y += rackHeight + GAP;
  }
  return { width, height: y, cells, racks, track: trackOf(stations, cells) };
}

function placeRacks(line, cells, middle) {
  const chambers = line.stations.filter((one) => one.slots).sort((a, b) => centre(cells.get(a.code)).x - centre(cells.get(b.code)).x);
  const racks = new Map();
  const slots = chambers.reduce((sum, one) => sum + Math.max(one.slots, 8), 0);
  const free = middle.width - GAP * (chambers.length - 1);
  let x = middle.x;
  for (const station of chambers) {
    const width = (free * Math.max(station.slots, 8)) / slots;
    const columns = bestColumns(station.slots, width, middle.height - 34);
    racks.set(station.code, rack(station, box(x, middle.y, width, middle.height), columns));
    x += width + GAP;
  }
  return racks;
}

/** The number of columns that makes the slots as large as they can be, at most twice as wide as high. */
function bestColumns(slots, width, height) {
  let best = { columns: slots, size: 0 };
  for (let columns = 1; columns <= slots; columns += 1) {
    const rows = Math.ceil(slots / columns);
    const size = Math.min(width / columns, (2 * height) / rows, 2.2 * Math.min(height / rows, width / columns));
    if (size > best.size + 0.5) best = { columns, size };
  }
  return best.columns;
}

function rack(station, area, columns) {
  const rows = Math.ceil(station.slots / columns);
  const inner = box(area.x + 10, area.y + 30, area.width - 20, area.height - 38);
  const width = inner.width / columns;
  const height = inner.height / rows;
  const slots = Array.from({ length: station.slots }, (_, index) =>
    box(inner.x + (index % columns) * width + 2, inner.y + Math.floor(index / columns) * height + 2, width - 4, height - 4),
  );
  return { ...area, slots };
}

/** The way of the pallets through the docks, and back to the first station. */
function trackOf(stations, cells) {
  const points = stations.map((station) => dockOf(cells.get(station.code))).map(({ x, y }) => `${round(x)} ${round(y)}`);
  return { there: `M${points.join("L")}`, back: `M${points.at(-1)}L${points[0]}` };
}

/** Where a pallet stands in a station's cell: below its words, or beside them in a low one. */
export function dockOf(cell) {
  if (cell.height > LOW) return { x: cell.x + cell.width / 2, y: cell.y + cell.height - 39 };
  return { x: cell.x + cell.width - 12 - roomOf(cell) / 2, y: cell.y + cell.height - 33 };
}

/** How wide a pallet may be in a cell. */
export function roomOf(cell) {
  return Math.max(64, Math.min(PALLET_WIDTH, cell.height > LOW ? cell.width - 24 : cell.width - 100));
}

/** How wide the second line of words may be: a low cell's pallet stands beside it. */
export function wordsOf(cell) {
  return cell.height > LOW ? cell.width - 24 : cell.width - 34 - roomOf(cell);
}

export function centre(area) {
  return { x: area.x + area.width / 2, y: area.y + area.height / 2 };
}

function box(x, y, width, height) {
  return { x, y, width, height };
}

function clamp(value, least, most) {
  return Math.min(most, Math.max(least, value));
}

function round(value) {
  return Math.round(value * 10) / 10;
}
