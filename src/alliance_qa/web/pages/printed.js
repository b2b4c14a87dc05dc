// The page as printed: shows the lit lines first where it is larger than its frame, and lights nothing without its picture.

const figure = document.getElementById("printed");
const paper = figure.querySelector(".paper");

function missing() {
  const note = document.createElement("p");
  note.setAttribute("role", "note");
  note.textContent = figure.dataset.missing;
  figure.replaceWith(note);
}

for (const image of paper.querySelectorAll("image")) {
  const picture = new Image();
  picture.addEventListener("error", missing);
  picture.src = image.getAttribute("href");
}

const lit = paper.querySelector(".lit rect").getBoundingClientRect();
const frame = paper.getBoundingClientRect();
paper.scrollTo(
  paper.scrollLeft + lit.left - frame.left - 16,
  paper.scrollTop + lit.top - frame.top - frame.height / 3,
);
// Beside the text, not above it: the text stays at the quote.
if (matchMedia("(min-width: 72rem)").matches) document.getElementById("quote")?.scrollIntoView();
