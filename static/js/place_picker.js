// Saying where on an element: a tap on the drawing of a face becomes face, x and y in millimetres from the face's
// lower left corner. Arrow keys move the mark by 10 mm (with Shift by 100 mm) once the drawing has the focus.

const STEP_MM = 10;

/** Where a tap on a face's drawing lies, in mm from its lower left corner, kept within the face. */
export function placeOf(drawing, clientX, clientY) {
  const point = new DOMPoint(clientX, clientY).matrixTransform(drawing.getScreenCTM().inverse());
  const { left, top, length, width } = drawing.dataset;
  return within(point.x - Number(left), Number(top) + Number(width) - point.y, Number(length), Number(width));
}

function within(x, y, length, width) {
  return { x_mm: Math.round(Math.min(Math.max(x, 0), length)), y_mm: Math.round(Math.min(Math.max(y, 0), width)) };
}

function input(picker, part) {
  return picker.querySelector(`[data-place-of="${part}"]`);
}

/** Show what the hidden fields say: the mark on its face, the words below, the way to take it back. */
function show(picker) {
  const face = input(picker, "face").value;
  const [x, y] = [input(picker, "x_mm").value, input(picker, "y_mm").value];
  for (const drawing of picker.querySelectorAll("[data-face]")) {
    const mark = drawing.querySelector("[data-mark]");
    const here = drawing.dataset.face === face && x !== "";
    mark.setAttribute("visibility", here ? "visible" : "hidden");
    if (!here) continue;
    mark.setAttribute("cx", Number(drawing.dataset.left) + Number(x));
    mark.setAttribute("cy", Number(drawing.dataset.top) + Number(drawing.dataset.width) - Number(y));
  }
  const told = picker.querySelector("[data-place-told]");
  told.dataset.none ??= told.textContent;
  told.textContent = face ? told.dataset.words.replace("{x}", x).replace("{y}", y) : told.dataset.none;
  picker.querySelector("[data-place-clear]").hidden = !face;
}

function choose(picker, face, place) {
  input(picker, "face").value = face;
  input(picker, "x_mm").value = place?.x_mm ?? "";
  input(picker, "y_mm").value = place?.y_mm ?? "";
  show(picker);
  input(picker, "face").dispatchEvent(new Event("input", { bubbles: true }));
}

function turnOver(picker, face) {
  for (const box of picker.querySelectorAll("[data-face-box]")) box.hidden = box.dataset.faceBox !== face;
}

function onKey(picker, drawing, event) {
  const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
  if (!way) return;
  event.preventDefault();
  const length = Number(drawing.dataset.length);
  const width = Number(drawing.dataset.width);
  const here = input(picker, "face").value === drawing.dataset.face;
  const from = here ? [Number(input(picker, "x_mm").value), Number(input(picker, "y_mm").value)] : [length / 2, width / 2];
  const step = event.shiftKey ? STEP_MM * 10 : STEP_MM;
  choose(picker, drawing.dataset.face, within(from[0] + way[0] * step, from[1] + way[1] * step, length, width));
}

/** Look after the pickers of a page, those that come later as well. */
export function watchPlaces(root = document) {
  for (const picker of root.querySelectorAll("[data-place]:not([data-place-ready])")) {
    picker.dataset.placeReady = "";
    for (const drawing of picker.querySelectorAll("[data-face]")) {
      drawing.setAttribute("tabindex", "0");
      drawing.addEventListener("click", (event) => choose(picker, drawing.dataset.face, placeOf(drawing, event.clientX, event.clientY)));
      drawing.addEventListener("keydown", (event) => onKey(picker, drawing, event));
    }
    picker.addEventListener("change", (event) => {
      if (event.target.matches("[data-place-face]")) turnOver(picker, event.target.value);
    });
    picker.querySelector("[data-place-clear]").addEventListener("click", () => choose(picker, "", null));
    picker.addEventListener("mes:restored", () => {
      const face = input(picker, "face").value;
      if (face) turnOver(picker, face);
      show(picker);
    });
    show(picker);
  }
}

watchPlaces();
