// The camera in the browser: Gradio's webcam image sends frames to the server's ring; here questions are asked, one at a
// time, and each answer is drawn over the picture. A question that is answered late is not repeated, only the next one
// comes later; so answers are never of old pictures.
//
// Gradio gives element and trigger: "input" asks for an answer, "click" makes the ring forget.
const PATIENCE = 6000; // for one answer; a connection may have been lost
const OPENING = 15000;
const REDRAWN = 66; // milliseconds: the picture, fifteen times a second
const ROW = 27;
const COUNTED = 5000; // answers a second are counted over so long

const part = (name) => element.querySelector(`.live-${name}`);
const camera = () => document.querySelector("#live-camera");
const video = () => camera()?.querySelector("video");
const options = JSON.parse(element.querySelector(".live").dataset.live);
const canvas = element.querySelector("canvas");
const pen = canvas.getContext("2d");

let state = "off"; // "opening", "on"
let since = 0;
let count = 0;
let asked = null; // { number, at }
let found = null; // the last answer
let map = null; // its picture
let moments = []; // when answers came
let delays = []; // how far behind the camera they were, in milliseconds
let drawn = 0;

const now = () => performance.now();
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const setText = (name, text) => {
  if (part(name).textContent !== text) part(name).textContent = text;
};
const say = (headline, caveat = "\u00a0", facts = "\u00a0") => {
  setText("answer", headline);
  setText("caveat", caveat);
  setText("facts", facts);
};

async function until(ready) {
  for (const start = now(); now() - start < OPENING; ) {
    const value = ready();
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("late");
}

const control = () => camera()?.querySelector(".button-wrap button");
const recording = () => Boolean(camera()?.querySelector("[title='stop recording'], [title='spinner']"));

async function start() {
  state = "opening";
  part("start").textContent = "Stop";
  say("Waiting for the camera …");
  try {
    if (!navigator.mediaDevices?.getUserMedia) throw new DOMException("", "NotSupportedError");
    const stream = await navigator.mediaDevices.getUserMedia(options.constraints);
    const access = await until(() => control() ?? camera()?.querySelector("[title='grant webcam access'] button"));
    if (access === control()) {
      video().srcObject = stream; // it was open before, and was closed by us
      await video().play();
    } else {
      stream.getTracks().forEach((track) => track.stop()); // it was to ask for leave; Gradio opens its own
      access.click();
    }
    await until(() => control() && video()?.videoWidth);
    if (state !== "opening") return close();
    if (!recording()) control().click();
  } catch (error) {
    const refused = error.name === "NotAllowedError";
    const missing = ["NotFoundError", "NotSupportedError", "NotReadableError"].includes(error.name);
    stop(
      refused
        ? "No leave to use the camera: allow it beside the address of this page, and start again."
        : missing
          ? "There is no camera here, or this page may not use one: that needs https, or an address on this machine."
          : "The camera did not start. Try again, or reload the page.",
    );
    return;
  }
  state = "on";
  since = now();
  moments = [];
  delays = [];
  found = map = asked = null;
  say("Looking …");
  requestAnimationFrame(draw);
  ask();
}

function close() {
  if (recording()) control()?.click();
  video()?.srcObject?.getTracks().forEach((track) => track.stop());
}

function stop(why) {
  if (state === "off") return;
  state = "off";
  close();
  trigger("click", {});
  asked = found = map = null;
  pen.clearRect(0, 0, canvas.width, canvas.height);
  part("start").textContent = "Start the camera";
  say("The camera is off", why);
}

function ask() {
  if (state !== "on" || asked) return;
  asked = { number: (count += 1), at: now() };
  trigger("input", { number: count });
}

function take() {
  const text = document.querySelector("#live-found [data-found]")?.dataset.found;
  const message = text && JSON.parse(text);
  if (!message || state !== "on" || message.number !== asked?.number) return; // what is late is not drawn
  const { at } = asked;
  asked = null;
  if (message.failed) return stop(message.failed);
  if (message.wait) {
    say("Looking …", undefined, message.wait);
    setTimeout(ask, 200);
    return;
  }
  const show = (picture) => {
    if (state !== "on") return;
    found = message;
    map = picture;
    moments.push(now());
    // From the newest frame's arrival at the server to here. The way of the question stands for that of the frame.
    delays.push(now() - at + 1000 * message.age);
    tell();
    ask();
  };
  if (!message.map) return show(null);
  const picture = new Image();
  picture.onload = () => show(picture);
  picture.src = message.map;
}

function tell() {
  moments = moments.filter((moment) => now() - moment < COUNTED);
  delays = delays.slice(-10);
  const rate = moments.length / Math.min(Math.max(now() - since, 1), COUNTED) * 1000;
  say(
    found.headline,
    found.caveat,
    `${rate.toFixed(1)} answers a second · ${Math.round(median(delays))} ms behind the camera · ` +
      `${found.frames} frames of ${found.span} s · ${Math.round(1000 * found.seconds)} ms on ${found.device}`,
  );
}

function draw(moment) {
  if (state !== "on") return;
  if (now() - since > 1000 * options.seconds) return stop(`It stopped by itself after ${options.seconds / 60} minutes.`);
  requestAnimationFrame(draw);
  if (moment - drawn < REDRAWN) return;
  drawn = moment;
  paint();
}

function paint() {
  const film = video();
  if (!film?.videoWidth) return;
  const sharp = window.devicePixelRatio || 1;
  const width = canvas.parentElement.clientWidth;
  const height = Math.round((width * film.videoHeight) / film.videoWidth);
  const rows = 5;
  const size = [Math.round(width * sharp), Math.round((height + rows * ROW + 8) * sharp)];
  if (canvas.width !== size[0] || canvas.height !== size[1]) [canvas.width, canvas.height] = size;
  pen.setTransform(sharp, 0, 0, sharp, 0, 0);
  pen.clearRect(0, 0, width, height + rows * ROW + 8);
  pen.save();
  pen.translate(width, 0);
  pen.scale(-1, 1); // as in a mirror, which is how it is sent
  pen.drawImage(film, 0, 0, width, height);
  pen.restore();
  if (!found) return;
  const [left, top, right, bottom] = [0, 1, 2, 3].map((at) => found.crop[at] * (at % 2 ? height : width));
  pen.fillStyle = "rgba(10, 12, 16, 0.55)";
  pen.fillRect(0, 0, left, height);
  pen.fillRect(right, 0, width - right, height);
  pen.fillRect(left, 0, right - left, top);
  pen.fillRect(left, bottom, right - left, height - bottom);
  if (map) {
    pen.globalAlpha = found.known ? 0.75 : 0.3;
    pen.imageSmoothingEnabled = false;
    pen.drawImage(map, left, top, right - left, bottom - top);
    pen.globalAlpha = 1;
  }
  bars(width, height + 8);
}

function bars(width, top) {
  const style = getComputedStyle(element);
  const colour = (name) => style.getPropertyValue(name).trim();
  pen.font = `14px ${style.fontFamily}`;
  pen.textBaseline = "middle";
  found.classes.forEach(([label, probability], row) => {
    const y = top + row * ROW;
    const share = probability < 0.001 ? "< 0.1 %" : `${(100 * probability).toFixed(probability < 0.01 ? 1 : 0)} %`;
    pen.fillStyle = colour("--border-color-primary");
    pen.fillRect(0, y + 19, width, 5);
    pen.fillStyle = row === 0 && found.known ? colour("--color-accent") : "#9aa1ab";
    pen.fillRect(0, y + 19, width * probability, 5);
    pen.fillStyle = colour("--body-text-color");
    pen.textAlign = "left";
    pen.fillText(label, 0, y + 9, width - 70);
    pen.textAlign = "right";
    pen.fillText(share, width, y + 9);
  });
}

part("start").addEventListener("click", () => (state === "off" ? start() : stop("You stopped it.")));
document.addEventListener("visibilitychange", () => document.hidden && stop("It stopped when you left the page."));
window.addEventListener("pagehide", () => stop("It stopped when you left the page."));
until(() => document.querySelector("#live-found")).then((place) =>
  new MutationObserver(take).observe(place, { childList: true, subtree: true, attributes: true }),
);
setInterval(() => {
  if (state !== "off" && !canvas.checkVisibility()) stop("It stopped when you left this tab.");
  if (state === "on" && asked && now() - asked.at > PATIENCE) {
    asked = null;
    ask();
  }
}, 500);
