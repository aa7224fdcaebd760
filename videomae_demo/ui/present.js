// Ways from the top of the page: to the lessons, and to the projector, which shows the first view large and without
// controls, or the tab that is open; keys lead on. Runs once for the page's heading (js_on_load).
const root = document.documentElement;
const WIDTH = 1280; // CSS pixels that the projected page is laid out in, whatever the screen has
const HINT = 7000; // ms
const SETTLING = [400, 1500, 4000]; // ms; a tab that was closed has no size at first, and then grows
const WORDS = inWords(
  "← → frame · space play · ↑ ↓ layer · page keys lesson · 1 2 3 guess · R reveal · S see it · W the room · " +
    "T tab or first view · ? keys · F or Esc end",
);
const presents = () => root.dataset.present !== undefined;
const openTab = () => document.querySelector("#tabs [role=tab][aria-selected=true]")?.dataset.tabId;
// A tab that has no room in the row is reached through the server.
function goTo(tab) {
  const button = document.querySelector(`#tabs [role=tab][data-tab-id="${tab}"]`);
  if (button) button.click();
  else trigger("select", { tab });
}

const hint = Object.assign(document.createElement("p"), { id: "present-keys", textContent: WORDS, hidden: true });
hint.setAttribute("role", "status");
document.body.append(hint);
let hiding = null;
function tellKeys() {
  hint.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => (hint.hidden = true), HINT);
}

function fit() {
  const zoom = Math.max(innerWidth / WIDTH, 0.5);
  root.style.setProperty("--zoom", zoom);
  root.style.setProperty("--room", `${innerHeight / zoom}px`);
}

const middle = (selector) => document.querySelector(selector)?.scrollIntoView({ block: "center" });

function show(view, at) {
  root.dataset.present = view;
  fit();
  scrollTo(0, 0);
  for (const after of at ? SETTLING : []) setTimeout(() => presents() && middle(at), after);
  // Figures fill what they get, but only when they are told that it has changed.
  requestAnimationFrame(() => window.dispatchEvent(new Event("resize")));
}

function enter() {
  document.activeElement?.blur();
  show("screen");
  tellKeys();
  root.requestFullscreen?.().catch(() => {}); // inside another page it may be forbidden: large it is all the same
}

function leave() {
  if (!presents()) return;
  delete root.dataset.present;
  hint.hidden = true;
  if (document.fullscreenElement) document.exitFullscreen();
  requestAnimationFrame(() => window.dispatchEvent(new Event("resize")));
}

function layer(by) {
  const slider = document.querySelector("#look-layer input[type=range]");
  if (openTab() !== "inside" || root.dataset.present !== "tab" || !slider) {
    goTo("inside");
    return show("tab", "#look");
  }
  middle("#look");
  const value = Math.min(Math.max(Number(slider.value) + by, Number(slider.min)), Number(slider.max));
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(slider, value);
  slider.dispatchEvent(new Event("input", { bubbles: true }));
  slider.dispatchEvent(new PointerEvent("pointerup", { bubbles: true }));
}

function lesson(by) {
  const there = openTab() === "lessons" && root.dataset.present === "tab";
  if (there) document.querySelector(by > 0 ? "#lesson-next" : "#lesson-back")?.click();
  else {
    goTo("lessons");
    show("tab");
  }
}

// Of the lesson that is open: what its buttons do, where they are.
const inLesson = (selector) => presents() && openTab() === "lessons" && root.dataset.present === "tab" && document.querySelector(selector);
const guess = (number) => document.querySelectorAll("#lesson-guess input")[number - 1]?.click();

function reveal() {
  const button = inLesson("#lesson-reveal");
  if (!button) return;
  button.click();
  middle("#lesson-guess");
}

function theRoom() {
  inLesson("#lesson-room button")?.click();
  setTimeout(() => middle("#lesson-room"), SETTLING[0]);
}

const KEYS = {
  ArrowLeft: () => window.videomae.step(-1),
  ArrowRight: () => window.videomae.step(1),
  " ": () => window.videomae.play(),
  ArrowUp: () => layer(1),
  ArrowDown: () => layer(-1),
  PageDown: () => lesson(1),
  PageUp: () => lesson(-1),
  ...Object.fromEntries([..."123456789"].map((digit) => [digit, () => inLesson("#lesson-guess") && guess(Number(digit))])),
  r: reveal,
  s: () => inLesson("#lesson-see")?.click(),
  w: theRoom,
  t: () => show(root.dataset.present === "tab" ? "screen" : "tab"),
  "?": tellKeys,
  f: leave,
  Escape: leave,
};
const used = (target, key) =>
  target.matches?.("input:not([type=radio], [type=range]), textarea, select") ||
  (target.matches?.("button, a, input, [role]") && (key === " " || key.startsWith("Arrow")));

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !presents()) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (!KEYS[key] || used(event.target, key)) return;
  event.preventDefault();
  KEYS[key]();
});
document.addEventListener("fullscreenchange", () => !document.fullscreenElement && leave());
window.addEventListener("resize", () => presents() && fit());

window.videomaePresent = enter;
window.videomaeLessons = () => {
  goTo("lessons");
  document.querySelector("#tabs")?.scrollIntoView({ block: "start" });
};
