// The sample buttons, and the numbers of wishes in the order in which the visitor made them.
//
// A file is wished for when it is chosen or dropped, not when its upload ends: what is pressed meanwhile is the later
// wish. Every event that makes a wish asks for its number here (page.py).
const chosen = new Map();
const next = () => (window.wishes = (window.wishes ?? 0) + 1);
const note = (files) => [...(files ?? [])].forEach((file) => chosen.set(file.name, next()));
document.addEventListener("change", (event) => event.target.type === "file" && note(event.target.files), true);
document.addEventListener("drop", (event) => note(event.dataTransfer?.files), true);
window.wishNumber = (values) => {
  const name = values.map((value) => value?.orig_name ?? value?.video?.orig_name).find(Boolean);
  const number = chosen.get(name) ?? next();
  chosen.delete(name);
  return number;
};

element.addEventListener("click", (event) => {
  const fetched = event.target.closest("button[data-hub]");
  if (fetched) trigger("select", { index: Number(fetched.dataset.hub) });
  const pressed = event.target.closest("button[data-sample]");
  if (pressed) trigger("click", { index: Number(pressed.dataset.sample) });
});
