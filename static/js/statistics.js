// Statistics: a finger picks the nearest point of a chart, and a button below opens it; on a phone filter and tables of points are folded until they are asked for, charts begin at their newest points, and an
// empty field of the filter does not stand in the address.

const narrow = window.matchMedia("(max-width: 720px)");

if (narrow.matches) {
  for (const filter of document.querySelectorAll(".spc-filter, .spc-fold")) filter.open = false;
}

for (const chart of document.querySelectorAll(".spc-scroll")) chart.scrollLeft = chart.scrollWidth;

const FINGER_PX = 48;

/** The link of a chart that lies nearest to a tap. */
function nearestLink(chart, event) {
  let nearest = null;
  let least = Infinity;
  for (const link of chart.querySelectorAll("svg a")) {
    const box = (link.querySelector(".spc-dot, .spc-mark") ?? link).getBoundingClientRect();
    const away = Math.hypot(box.x + box.width / 2 - event.clientX, (box.y + box.height / 2 - event.clientY) / 4);
    if (away < least) [nearest, least] = [link, away];
  }
  return nearest;
}

/** Points lie closer together than a gloved finger is wide: a tap picks one and says which, a button opens it. */
function pick(chart, event) {
  if ((event.pointerType || "") === "mouse" || (event.detail === 0 && event.clientX === 0)) return; // a mouse, or the Enter key
  if (!event.pointerType && !window.matchMedia("(pointer: coarse)").matches) return;
  const link = nearestLink(chart, event);
  if (!link || link.querySelector(".spc-touch").getBoundingClientRect().width >= FINGER_PX) return;
  event.preventDefault();
  chart.querySelector(".spc-picked")?.classList.remove("spc-picked");
  link.classList.add("spc-picked");
  let opener = chart.nextElementSibling;
  if (!opener?.matches(".spc-opener")) {
    opener = document.createElement("a");
    opener.className = "button spc-opener";
    chart.after(opener);
  }
  opener.href = link.getAttribute("href");
  opener.textContent = `${link.querySelector("title").textContent} →`;
  opener.scrollIntoView({ block: "nearest" });
}

for (const chart of document.querySelectorAll(".spc-scroll")) chart.addEventListener("click", (event) => pick(chart, event), true);

for (const form of document.querySelectorAll("[data-spc-filter]")) {
  form.addEventListener("submit", () => {
    for (const field of form.elements) if (field.name && !field.value) field.disabled = true;
  });
}

addEventListener("pageshow", () => {
  for (const field of document.querySelectorAll("[data-spc-filter] :disabled")) field.disabled = false;
});
