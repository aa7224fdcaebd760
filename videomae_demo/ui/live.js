// The camera in the browser: its last two seconds are held here, as small as the model sees them, and sent with each
// question. Questions are asked one at a time, always with the newest frames, and each answer is drawn over the picture:
// an answer that comes late makes the next question come later, and no old picture is ever asked about.
//
// Gradio gives element and trigger: "input" notes on the element which model is chosen.
const PATIENCE = 8000; // for one answer; a connection may have been lost
const LOADING = 180000; // for the first one: a model may have to be fetched
const TRIES = 3;
const PACE = 100; // milliseconds from one question to the next, at least
const REDRAWN = 60; // the picture, and what is kept of it, sixteen times a second
const QUALITY = 0.85; // of the JPEG
const BLOCK = 16; // pixels: a JPEG mixes what lies in one block, so that each frame begins with a new one
const ENOUGH = 4; // frames: fewer show no motion
const MOST_A_SECOND = 30; // frames; a camera has no more
const ROWS = 5;
const ROW = 27;
const COUNTED = 5000; // answers a second are counted over so long

const part = (name) => element.querySelector(`.live-${name}`);
const live = element.querySelector(".live");
const options = JSON.parse(live.dataset.live);
const film = element.querySelector("video");
const canvas = element.querySelector("canvas");
const pen = canvas.getContext("2d");
const sheet = document.createElement("canvas"); // all frames of a question, one above another
const session = Math.random().toString(36).slice(2);

let state = "off"; // "opening", "on"
let since = 0;
let wanted = null; // what the model takes: { num_frames, short_side }
let frames = []; // { moment, picture }, the newest last
let spare = []; // canvases of frames that are too old
let asked = null; // AbortController
let found = null; // the last answer
let map = null; // its picture
let moments = []; // when answers came
let delays = []; // how far behind the camera they were, in milliseconds
let drawn = 0;

const now = () => performance.now();
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const setText = (name, text) => {
  if (part(name).textContent !== text) part(name).textContent = text;
};
const turn = (to) => {
  state = live.dataset.state = to; // the style sheet keeps room for what an answer says while there are answers
};
const say = (headline, caveat = "\u00a0", facts = "\u00a0") => {
  setText("answer", headline);
  setText("caveat", caveat);
  setText("facts", facts);
};

async function start() {
  turn("opening");
  part("start").textContent = inWords("Stop");
  say(inWords("Waiting for the camera …"));
  try {
    if (!navigator.mediaDevices?.getUserMedia) throw new DOMException("", "NotSupportedError");
    const stream = await navigator.mediaDevices.getUserMedia(options.constraints);
    film.srcObject = stream;
    if (state !== "opening") return close();
    await film.play();
    stream.getVideoTracks()[0].addEventListener("ended", () => stop(inWords("The camera was switched off.")));
  } catch (error) {
    const refused = error.name === "NotAllowedError";
    const missing = ["NotFoundError", "NotSupportedError", "NotReadableError"].includes(error.name);
    stop(
      refused
        ? inWords("No leave to use the camera: allow it beside the address of this page, and start again.")
        : missing
          ? inWords("There is no camera here, or this page may not use one: that needs https, or an address on this machine.")
          : inWords("The camera did not start. Try again, or reload the page."),
    );
    return;
  }
  if (state !== "opening") return close();
  turn("on");
  since = now();
  say(inWords("Looking …"));
  requestAnimationFrame(draw);
  follow();
}

function close() {
  film.srcObject?.getTracks().forEach((track) => track.stop());
}

function stop(why) {
  if (state === "off") return;
  turn("off");
  close();
  asked?.abort();
  asked = found = map = wanted = null;
  frames = [];
  spare = [];
  moments = [];
  delays = [];
  sheet.width = sheet.height = 0;
  pen.clearRect(0, 0, canvas.width, canvas.height);
  part("start").textContent = inWords("Start the camera");
  say(inWords("The camera is off"), why);
}

// One question after another, as long as the camera is on.
async function follow() {
  for (let failed = 0; state === "on"; ) {
    const begun = now();
    const question = (asked = new AbortController());
    const late = setTimeout(() => question.abort(), wanted ? PATIENCE : LOADING);
    try {
      await ask(question.signal);
      failed = 0;
    } catch {
      if (asked !== question) return; // stopped, and perhaps started again
      if ((failed += 1) === TRIES) return stop(inWords("The server of this page does not answer. Try again in a minute."));
      await pause(500);
    } finally {
      clearTimeout(late);
    }
    if (asked !== question) return;
    await pause(begun + PACE - now());
  }
}

async function ask(signal) {
  trigger("input", {});
  if (wanted) keep(now(), 1000 / MOST_A_SECOND);
  if (wanted && frames.length < ENOUGH) return;
  const chosen = wanted ? spread(wanted.num_frames) : [];
  const newest = chosen.at(-1)?.moment;
  const span = chosen.length ? (newest - chosen[0].moment) / 1000 : 0;
  const body = chosen.length ? await together(chosen) : null;
  const query = new URLSearchParams({
    model: live.dataset.model ?? "auto",
    frames: chosen.length,
    seconds: span.toFixed(3),
    session,
  });
  const address = `${window.gradio_config?.root ?? ""}${options.address}?${query}`;
  const response = await fetch(address, { method: "POST", body, signal });
  const message = await response.json();
  if (signal.aborted) return;
  if (message.failed || message.error) return stop(message.failed ?? message.error);
  if (message.wanted) {
    wanted = message.wanted;
    frames = [];
    spare = [];
    return;
  }
  const picture = message.map && new Image();
  if (picture) {
    picture.src = message.map;
    await picture.decode();
    if (signal.aborted) return;
  }
  found = { ...message, span: inNumbers(span, 1), frames: new Set(chosen).size };
  map = picture;
  paint();
  paintBars();
  moments.push(now());
  delays.push(now() - newest); // from the moment when its newest frame was drawn here
  tell();
}

// So many frames, evenly spread, where there are fewer some of them repeatedly; the last one is what it shows now.
function spread(count) {
  const [first, last] = [frames[0].moment, frames.at(-1).moment];
  const chosen = Array.from({ length: count }, (_, place) => {
    const middle = first + ((place + 0.5) / count) * (last - first);
    return frames.reduce((near, frame) =>
      Math.abs(frame.moment - middle) < Math.abs(near.moment - middle) ? frame : near,
    );
  });
  chosen[count - 1] = frames.at(-1);
  return chosen;
}

async function together(chosen) {
  const { width, height } = chosen[0].picture;
  if (sheet.width !== width || sheet.height !== height * chosen.length)
    [sheet.width, sheet.height] = [width, height * chosen.length];
  const context = sheet.getContext("2d", { alpha: false, willReadFrequently: true });
  chosen.forEach(({ picture }, place) => context.drawImage(picture, 0, place * height));
  return new Promise((resolve, reject) =>
    sheet.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture"))), "image/jpeg", QUALITY),
  );
}

// Where the film lies on a small frame: its short side as wanted, its height cut to whole blocks.
function small() {
  const side = BLOCK * Math.ceil(wanted.short_side / BLOCK);
  const scale = side / Math.min(film.videoWidth, film.videoHeight);
  const [width, height] = [Math.round(film.videoWidth * scale), Math.round(film.videoHeight * scale)];
  const kept = BLOCK * Math.floor(height / BLOCK);
  return { width, height, kept, top: (kept - height) / 2 };
}

// What the camera shows now; twice as many as the model takes, so that they can be spread evenly.
function keep(moment, least = (1000 * options.looksBack) / wanted.num_frames / 2) {
  if (moment - (frames.at(-1)?.moment ?? 0) < least) return;
  const { width, height, kept, top } = small();
  const last = frames.at(-1)?.picture;
  if (last && (last.width !== width || last.height !== kept)) [frames, spare] = [[], []]; // a phone was turned
  while (frames.length && moment - frames[0].moment > 1000 * options.looksBack) spare.push(frames.shift().picture);
  let picture = spare.pop();
  if (!picture) {
    picture = document.createElement("canvas");
    [picture.width, picture.height] = [width, kept];
  }
  const context = picture.getContext("2d", { alpha: false, willReadFrequently: true });
  context.setTransform(-1, 0, 0, 1, width, 0); // as in a mirror
  context.imageSmoothingQuality = "high";
  context.drawImage(film, 0, top, width, height);
  frames.push({ moment, picture });
}

function tell() {
  moments = moments.filter((moment) => now() - moment < COUNTED);
  delays = delays.slice(-10);
  const rate = (moments.length / Math.min(Math.max(now() - since, 1), COUNTED)) * 1000;
  say(
    found.headline,
    found.caveat,
    inWords("{rate} answers a second · {delay} ms behind the camera · {frames} frames of {span} s · {ms} ms on {device}", {
      rate: inNumbers(rate, 1),
      delay: Math.round(median(delays)),
      frames: found.frames,
      span: found.span,
      ms: Math.round(1000 * found.seconds),
      device: found.device,
    }),
  );
}

function draw(moment) {
  if (state !== "on") return;
  if (now() - since > 1000 * options.stopsAfter)
    return stop(inWords("It stopped by itself after {minutes} minutes.", { minutes: options.stopsAfter / 60 }));
  requestAnimationFrame(draw);
  if (moment - drawn < REDRAWN || !film.videoWidth) return;
  drawn = moment;
  if (wanted) keep(now());
  paint();
}

// The film's size on the page; a canvas that gets another size is empty, so that the bars must be drawn again.
function fit() {
  const sharp = window.devicePixelRatio || 1;
  const width = canvas.parentElement.clientWidth;
  const height = Math.round((width * film.videoHeight) / film.videoWidth);
  const size = [Math.round(width * sharp), Math.round((height + ROWS * ROW + 8) * sharp)];
  const anew = canvas.width !== size[0] || canvas.height !== size[1];
  if (anew) [canvas.width, canvas.height] = size;
  pen.setTransform(sharp, 0, 0, sharp, 0, 0);
  return { width, height, anew };
}

function paint() {
  const { width, height, anew } = fit();
  pen.save();
  pen.translate(width, 0);
  pen.scale(-1, 1); // as in a mirror, which is how it is sent
  pen.drawImage(film, 0, 0, width, height);
  pen.restore();
  if (!found) return;
  const sent = small();
  const [left, top, right, bottom] = found.crop.map((share, at) =>
    at % 2 ? ((share * sent.kept - sent.top) / sent.height) * height : share * width,
  );
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
  if (anew) paintBars();
}

function paintBars() {
  const { width, height } = fit();
  const style = getComputedStyle(element);
  const colour = (name) => style.getPropertyValue(name).trim();
  const [line, accent, text] = ["--border-color-primary", "--color-accent", "--body-text-color"].map(colour);
  pen.clearRect(0, height, width, ROWS * ROW + 8);
  pen.font = `14px ${style.fontFamily}`;
  pen.textBaseline = "middle";
  found.classes.forEach(([label, probability, share], row) => {
    const y = height + 8 + row * ROW;
    pen.fillStyle = line;
    pen.fillRect(0, y + 19, width, 5);
    pen.fillStyle = row === 0 && found.known ? accent : "#9aa1ab";
    pen.fillRect(0, y + 19, width * probability, 5);
    pen.fillStyle = text;
    pen.textAlign = "left";
    pen.fillText(label, 0, y + 9, width - 70);
    pen.textAlign = "right";
    pen.fillText(share, width, y + 9);
  });
}

part("start").addEventListener("click", () => (state === "off" ? start() : stop(inWords("You stopped it."))));
document.addEventListener("visibilitychange", () => document.hidden && stop(inWords("It stopped when you left the page.")));
window.addEventListener("pagehide", () => stop(inWords("It stopped when you left the page.")));
setInterval(() => {
  if (state !== "off" && !canvas.checkVisibility()) stop(inWords("It stopped when you left this tab."));
}, 500);
