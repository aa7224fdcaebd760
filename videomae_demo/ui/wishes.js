// The sample buttons, and the numbers of wishes in the order in which the visitor made them.
//
// A file is wished for when it is chosen or dropped, not when its upload ends: what is pressed meanwhile is the later
// wish. Every event that makes a wish asks for its number here (page.py).
const chosen = new Map();
const next = () => (window.wishes = (window.wishes ?? 0) + 1);
const note = (files) => [...(files ?? [])].forEach((file) => chosen.set(file.name, next()));
// A file that the server would cut off is not sent at all: Gradio would say so in English, and in other megabytes.
const most = () => window.gradio_config?.max_file_size ?? Infinity;
const take = (event, files) => {
  if (![...(files ?? [])].some((file) => file.size > most())) return note(files);
  event.preventDefault();
  event.stopImmediatePropagation();
  if (event.target.type === "file") event.target.value = ""; // so that the same file can be chosen again
  const megabytes = most() / 1e6;
  alert(
    inWords(
      "This clip has more than the maximum allowed size of {megabytes} MB. Cut out the part of interest, or export it smaller.",
      { megabytes: inNumbers(megabytes, Number.isInteger(megabytes) ? 0 : 1) },
    ),
  );
};
document.addEventListener("change", (event) => event.target.type === "file" && take(event, event.target.files), true);
document.addEventListener("drop", (event) => take(event, event.dataTransfer?.files), true);
window.wishNumber = (values) => {
  const name = values.map((value) => value?.orig_name ?? value?.video?.orig_name).find(Boolean);
  const number = chosen.get(name) ?? next();
  chosen.delete(name);
  return number;
};

// The row is drawn anew for each wish: the button that was pressed keeps the focus.
let focused = null;
document.addEventListener("pointerdown", () => (focused = null), true);
watch("value", () => {
  if (focused !== null && document.activeElement === document.body) {
    element.querySelector(`button[data-sample="${focused}"]`)?.focus({ preventScroll: true });
  }
});

element.addEventListener("click", (event) => {
  const fetched = event.target.closest("button[data-hub]");
  if (fetched) trigger("select", { index: Number(fetched.dataset.hub) });
  const pressed = event.target.closest("button[data-sample]");
  if (pressed) focused = pressed.dataset.sample;
  if (pressed) trigger("click", { index: Number(pressed.dataset.sample) });
});

// Gradio closes the connection on which a page hears from the server whenever nothing is under way. An event that joins
// in that moment is not heard of before another one comes: so where a wish is not taken up, another one comes.
const PATIENCE = 3000;
const MOST = 10;
let asked = { wish: 0, times: 0 };
setInterval(() => {
  const answer = document.querySelector("#answer");
  const shown = Number(answer?.querySelector("[data-wish]")?.dataset.wish ?? 0);
  if (!window.wishes || (shown >= window.wishes && !answer.querySelector(".waiting"))) return;
  if (asked.wish !== window.wishes) asked = { wish: window.wishes, times: 0 };
  else if (asked.times < MOST) {
    asked.times += 1;
    trigger("input", {});
  }
}, PATIENCE);
