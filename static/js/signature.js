// The field for a signature: strokes of a finger, a pen or the mouse, sent as a PNG without a background.

const pad = document.querySelector("[data-signature-pad]");
const form = document.querySelector("[data-signature-form]");
const pen = pad.getContext("2d");
let drawing = null;
let drawn = false;

function place(event) {
  const box = pad.getBoundingClientRect();
  return [((event.clientX - box.left) * pad.width) / box.width, ((event.clientY - box.top) * pad.height) / box.height];
}

function stroke(event) {
  const width = event.pointerType === "pen" && event.pressure ? 4 + 8 * event.pressure : 8;
  const [x, y] = place(event);
  pen.lineWidth = width;
  pen.lineCap = "round";
  pen.lineJoin = "round";
  pen.strokeStyle = "#000";
  pen.beginPath();
  pen.moveTo(...drawing);
  pen.lineTo(x, y);
  pen.stroke();
  drawing = [x, y];
  drawn = true;
}

pad.addEventListener("pointerdown", (event) => {
  pad.setPointerCapture(event.pointerId);
  drawing = place(event);
  stroke(event);
});
pad.addEventListener("pointermove", (event) => {
  if (drawing) for (const part of event.getCoalescedEvents?.() ?? [event]) stroke(part);
});
for (const end of ["pointerup", "pointercancel"]) {
  pad.addEventListener(end, () => {
    drawing = null;
  });
}

document.querySelector("[data-signature-wipe]").addEventListener("click", () => {
  pen.clearRect(0, 0, pad.width, pad.height);
  drawn = false;
});

form.addEventListener("submit", () => {
  form.elements.drawn.value = drawn ? pad.toDataURL("image/png") : "";
}, true);
