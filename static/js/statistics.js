// Statistics: on a phone filter and tables of points are folded until they are asked for, charts begin at their newest points, and an
// empty field of the filter does not stand in the address.

const narrow = window.matchMedia("(max-width: 720px)");

if (narrow.matches) {
  for (const filter of document.querySelectorAll(".spc-filter, .spc-fold")) filter.open = false;
}

for (const chart of document.querySelectorAll(".spc-scroll")) chart.scrollLeft = chart.scrollWidth;

for (const form of document.querySelectorAll("[data-spc-filter]")) {
  form.addEventListener("submit", () => {
    for (const field of form.elements) if (field.name && !field.value) field.disabled = true;
  });
}

addEventListener("pageshow", () => {
  for (const field of document.querySelectorAll("[data-spc-filter] :disabled")) field.disabled = false;
});
