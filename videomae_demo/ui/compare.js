// Both sides of a comparison at the same moment: the page's current frame on the left, and what belongs to it on the
// right. The frame is a style of the document, --frame (player.js); the pictures follow it by style alone.
//
// Gradio gives element and watch.
let duel = null;
let data = null;

function follow() {
  if (!duel) return;
  const frame = Number(document.documentElement.style.getPropertyValue("--frame") || 7);
  const left = Math.min(frame, data.lock.length - 1);
  for (const side of duel.querySelectorAll("[data-side]")) {
    const own = side.dataset.side === "right" ? data.lock[left] : left;
    side.style.setProperty("--frame", own);
    const line = side.querySelector(".duel-when");
    if (line && side.dataset.when) line.textContent = JSON.parse(side.dataset.when)[own];
  }
}

function read() {
  duel = element.querySelector(".duel");
  data = duel && JSON.parse(duel.dataset.duel);
  follow();
}

element.addEventListener("click", (event) => {
  const button = event.target.closest(".duel-steps button");
  if (!button) return;
  if (button.dataset.by) window.videomae.step(Number(button.dataset.by));
  else window.videomae.play();
});

function point(event) {
  const strip = event.target.closest?.(".duel-strip[data-side] .film-strip");
  if (!strip || !data) return;
  const box = strip.getBoundingClientRect();
  const count = Number(getComputedStyle(strip).getPropertyValue("--count"));
  const own = Math.min(Math.max(Math.floor(((event.clientX - box.left) / box.width) * count), 0), count - 1);
  if (strip.closest("[data-side]").dataset.side === "left") return window.videomae.show(own);
  const distances = data.lock.map((place) => Math.abs(place - own));
  window.videomae.show(distances.indexOf(Math.min(...distances)));
}
element.addEventListener("pointermove", point);
element.addEventListener("pointerdown", point);
new MutationObserver(follow).observe(document.documentElement, { attributes: true, attributeFilter: ["style"] });
watch("value", read);
read();
