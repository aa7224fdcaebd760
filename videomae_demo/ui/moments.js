// A moment is pressed, in the heat map or in the list beneath it: the first screen looks at that part of the clip. Runs
// once for a gr.HTML (js_on_load).
function choose(start, end) {
  trigger("click", { start, end });
  document.querySelector("#answer")?.scrollIntoView({ behavior: "smooth", block: "center" });
}

element.addEventListener("click", (event) => {
  const pressed = event.target.closest("button[data-start]");
  if (pressed) choose(Number(pressed.dataset.start), Number(pressed.dataset.end));
});

document.addEventListener("click", (event) => {
  const plot = event.target.closest?.("#over-time .js-plotly-plot");
  const { kind, starts, ends, until } = plot?.layout?.meta ?? {};
  if (kind !== "over_time") return;
  const { xaxis, yaxis } = plot._fullLayout;
  const box = plot.getBoundingClientRect();
  const seconds = xaxis.p2l(event.clientX - box.left - xaxis._offset);
  const down = event.clientY - box.top - yaxis._offset;
  if (seconds < starts[0] || down < 0 || down > yaxis._length) return;
  // The last window that has begun, as the figure shows it.
  const number = starts.findLastIndex((start) => start <= seconds);
  if (seconds < until[number]) choose(starts[number], ends[number]);
});
