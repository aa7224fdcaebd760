// Runs once for a gr.HTML that shows figures.anatomy: pointing at a stage shows its detail, pressing keeps it there.
let kept = "tubelet";

function show(key) {
  element.querySelectorAll("[data-detail]").forEach((one) => one.toggleAttribute("data-open", one.dataset.detail === key));
  element.querySelectorAll("[data-stage]").forEach((one) => one.setAttribute("aria-expanded", one.dataset.stage === key));
}

const stageOf = (event) => event.target.closest?.("button[data-stage]")?.dataset.stage;
element.addEventListener("click", (event) => {
  const key = stageOf(event);
  if (key) show((kept = key));
});
element.addEventListener("pointerover", (event) => {
  if (event.pointerType === "mouse") show(stageOf(event) ?? kept);
});
element.addEventListener("focusin", (event) => show(stageOf(event) ?? kept));
element.addEventListener("pointerleave", () => show(kept));
watch("value", () => show(kept));
show(kept);
