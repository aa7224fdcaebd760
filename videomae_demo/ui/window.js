// The window over the rules' time lines: drag it, or move its sliders. It follows at once; what the rules take from it
// comes when it is let go. Runs once for a gr.HTML (js_on_load).
const figure = () => document.querySelector("#rules .js-plotly-plot");
const slider = (name) => document.querySelector(`#window-${name} input[type=range]`);

function draw() {
  const plot = figure();
  const index = plot?.layout?.shapes?.findIndex((shape) => shape.name === "window") ?? -1;
  if (index < 0) return;
  const start = Number(slider("start").value);
  const end = Math.min(start + Number(slider("length").value), plot.layout.meta.duration);
  Plotly.relayout(plot, { [`shapes[${index}].x0`]: start, [`shapes[${index}].x1`]: Math.max(start, end) });
}

function secondsAt(plot, event) {
  const { xaxis } = plot._fullLayout;
  return xaxis.p2l(event.clientX - plot.getBoundingClientRect().left - xaxis._offset);
}

let grip = null;
document.addEventListener("pointerdown", (event) => {
  const plot = event.target.closest?.("#rules .js-plotly-plot");
  if (!plot || plot.layout?.meta?.kind !== "sampling") return;
  const inside = secondsAt(plot, event) - Number(slider("start").value);
  const length = Number(slider("length").value);
  grip = inside >= 0 && inside <= length ? inside : length / 2;
  move(event);
});
document.addEventListener("pointermove", (event) => grip !== null && move(event));
document.addEventListener("pointerup", (event) => {
  if (grip === null) return;
  grip = null;
  slider("start").dispatchEvent(new PointerEvent("pointerup", { bubbles: true }));
});

function move(event) {
  const start = slider("start");
  const value = Math.max(secondsAt(figure(), event) - grip, 0);
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(start, value);
  start.dispatchEvent(new Event("input", { bubbles: true }));
}
document.addEventListener("input", (event) => event.target.closest?.("#window-start, #window-length") && draw());
