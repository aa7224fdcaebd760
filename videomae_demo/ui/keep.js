// Any figure of the page as a file at print size, with its caption under it: made in the browser, nothing is sent.
//
// Plotly draws its figures anew as SVG, at one width whatever the window's is. Figures that are HTML are copied with
// their computed styles into an SVG's foreignObject, which browsers draw and other programs do not: so of those there
// is a PNG only. The caption has what keeping.py says of the answer on the page (clip, model, answer), what the figure
// says of itself (layout.meta: frame, method, class; or data-note), and the words that stand beside it on the page.
const table = JSON.parse(element.querySelector("[data-keep]").dataset.keep);
const dialog = element.querySelector("dialog");
const part = (name) => dialog.querySelector(`[data-part=${name}]`);
const WIDTH = 720; // units of a figure's own layout; printed PRINT_MM wide its text has 9 points
const HTML_WIDTH = 900;
const PRINT_MM = 180;
const DPI = 300;
const MARGIN = 16;
const INK = "#1f2630";
const FONT = "Arial, Helvetica, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif";
// What stays on one line: a word, or one Chinese character with the marks around it; spaces before it go with a break.
const PIECES = /\s*(?:[“（]*[\u3400-\u9fff][，。：；、？！”）…]*|[^\s\u3400-\u9fff]+)/g;

// What is kept: every Plotly figure, and the HTML figures by name; each gets a button in its corner.
const plotIn = (block) => block.querySelector(".js-plotly-plot");
const drawn = (block) => {
  const plot = plotIn(block);
  return plot ? plot.layout && plot.layout.meta?.kind !== "placeholder" : block.innerText.trim() !== "";
};
function offer() {
  const blocks = [...document.querySelectorAll(".js-plotly-plot")].map((plot) => plot.closest(".block[id]"));
  const named = table.html.map((id) => document.getElementById(id));
  for (const block of new Set([...blocks, ...named])) {
    if (!block) continue;
    let button = block.querySelector(":scope > .keep");
    if (!button) {
      button = document.createElement("button");
      button.type = "button";
      button.className = "keep";
      button.innerHTML = table.icon;
      button.title = table.words.keep;
      button.setAttribute("aria-label", `${table.words.keep}: ${titleOf(block)}`);
      button.addEventListener("click", () => open(block));
      block.append(button);
      block.dataset.kept = "";
    }
    const wanted = !drawn(block);
    if (button.hidden !== wanted) button.hidden = wanted;
  }
}
let asked = false;
new MutationObserver(() => {
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => {
    asked = false;
    offer();
  });
}).observe(document.body, { childList: true, subtree: true });

const titleOf = (block) => table.titles[block.id] ?? block.id;

// What is said under it.
function facts() {
  const here = document.querySelector("#keep-facts [data-facts]");
  const found = here && JSON.parse(here.dataset.facts);
  const shown = document.querySelector("#answer [data-wish]")?.dataset.wish;
  return found && String(found.wish) === shown ? found : null; // else the page is about another clip by now
}

function readingOf(block) {
  const beside = document.querySelector(`[data-about~="${block.id}"]`) ?? document.getElementById(table.beside[block.id]);
  return [...(beside?.querySelectorAll("p") ?? [])].map((line) => {
    const head = line.querySelector("b")?.textContent ?? "";
    const rest = line.textContent.replace(head, "").trim();
    return head ? `${head}: ${rest}` : rest;
  });
}

function captionOf(block) {
  const about = facts();
  if (!about) return null;
  const meta = plotIn(block)?.layout.meta ?? {};
  const lines = [...about.lines];
  if (meta.kind === "stage") {
    const frame = Math.floor(plotIn(block).layout.xaxis.range[0] + 0.5);
    lines.push(
      inWords("Frame {frame} of {frames}, {seconds} s.", {
        frame: frame + 1,
        frames: meta.num_frames,
        seconds: inNumbers(meta.pts_seconds[frame], 2),
      }),
    );
  }
  if (meta.map) {
    const { label_id, against } = meta.map;
    const values = { method: table.methods[meta.map.method], label: about.labels[label_id], other: about.labels[against] };
    if (label_id === null) lines.push(inWords("Map: {method}, the same for every class.", values));
    else if (against === null) lines.push(inWords("Map: {method}, of “{label}”.", values));
    else lines.push(inWords("Map: {method}, of “{label}” and not “{other}”.", values));
  }
  const note = meta.note ?? block.querySelector("[data-note]")?.dataset.note;
  if (note) lines.push(note);
  return { title: `${titleOf(block)}: ${about.clip}`, lines: [...lines, ...readingOf(block)], cite: table.plain };
}

// The figure itself, as an SVG element of its own size.
async function figureOf(block) {
  const plot = plotIn(block);
  if (!plot) return htmlFigure(block);
  const { width, height } = plot._fullLayout;
  const locked = Object.entries(plot.layout).some(([name, axis]) => /^[xy]axis/.test(name) && axis?.scaleanchor);
  const layout = { ...plot.layout, width: WIDTH, height: Math.round(locked ? (height * WIDTH) / width : height) };
  layout.font = { ...layout.font, color: INK };
  const made = await Plotly.toImage({ data: plot.data, layout }, { format: "svg", width: WIDTH, height: layout.height });
  const svg = new DOMParser().parseFromString(decodeURIComponent(made.slice(made.indexOf(",") + 1)), "image/svg+xml");
  for (const image of svg.querySelectorAll("image")) await readable(image);
  return { svg: svg.documentElement, width: WIDTH, height: layout.height, vector: true };
}

// Frames travel as WebP, which programs for print do not read.
async function readable(image) {
  const link = image.getAttribute("href") ?? image.getAttributeNS("http://www.w3.org/1999/xlink", "href");
  if (!link?.startsWith("data:image/webp")) return;
  const picture = await loaded(link);
  const canvas = new OffscreenCanvas(picture.naturalWidth, picture.naturalHeight);
  const paper = canvas.getContext("2d");
  paper.fillStyle = "#ffffff"; // JPEG knows no transparency
  paper.fillRect(0, 0, canvas.width, canvas.height);
  paper.drawImage(picture, 0, 0);
  const bytes = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.92 });
  image.removeAttributeNS("http://www.w3.org/1999/xlink", "href");
  image.setAttribute("href", await asLink(bytes));
}

const loaded = async (link) => {
  const picture = new Image();
  picture.src = link;
  await picture.decode();
  return picture;
};
const asLink = (blob) =>
  new Promise((done) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result);
    reader.readAsDataURL(blob);
  });

function htmlFigure(block) {
  // Laid out at one width and in the light colours for as long as it takes to read the styles; nothing is painted.
  const dark = document.body.classList.contains("dark");
  document.body.classList.remove("dark");
  const before = block.getAttribute("style");
  block.style.width = block.style.minWidth = block.style.maxWidth = `${HTML_WIDTH}px`;
  block.dataset.drawing = ""; // keep.css: without what is pressed (data-unkept)
  const copy = withStyles(block);
  const height = Math.ceil(block.scrollHeight);
  delete block.dataset.drawing;
  if (before === null) block.removeAttribute("style");
  else block.setAttribute("style", before);
  document.body.classList.toggle("dark", dark);

  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", `0 0 ${HTML_WIDTH} ${height}`);
  const foreign = document.createElementNS("http://www.w3.org/2000/svg", "foreignObject");
  foreign.setAttribute("width", HTML_WIDTH);
  foreign.setAttribute("height", height);
  foreign.append(copy);
  svg.append(foreign);
  return { svg, width: HTML_WIDTH, height, vector: false };
}

// A width is what it came to: a cell that may be no wider than 0, as tables take it, would be so in the copy.
const IDLE = /^(max-(width|inline)|animation|transition|cursor|pointer|scroll|will-change|-webkit-(?!line-clamp|box-orient))/;
function withStyles(node) {
  if (node.nodeType === Node.TEXT_NODE) return node.cloneNode();
  if (node.nodeType !== Node.ELEMENT_NODE || node.matches(".keep, .visually-hidden, .film-empty")) return new Text("");
  const copy = node.cloneNode();
  const style = getComputedStyle(node);
  let text = "";
  for (const name of style) if (!IDLE.test(name)) text += `${name}:${style.getPropertyValue(name)};`;
  copy.setAttribute("style", text);
  for (const child of node.childNodes) copy.append(withStyles(child));
  return copy;
}

// Both together, on white.
const ruler = new OffscreenCanvas(1, 1).getContext("2d");
function wrapped(text, font, width) {
  ruler.font = font;
  const lines = [""];
  for (const piece of text.replace(/\s+/g, " ").match(PIECES) ?? []) {
    const longer = (lines.at(-1) + piece).trimStart();
    if (lines.at(-1) && ruler.measureText(longer).width > width) lines.push(piece.trimStart());
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

const plain = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

async function composed(block, caption) {
  const figure = await figureOf(block);
  const unit = figure.width / WIDTH;
  const size = 12 * unit;
  const inner = figure.width * 0.97; // another program's Arial may be a little wider
  let y = MARGIN * unit + figure.height + 1.6 * size;
  let words = "";
  const say = (text, { weight = "normal", scale = 1, colour = INK } = {}) => {
    for (const line of wrapped(text, `${weight} ${size * scale}px ${FONT}`, inner)) {
      words +=
        `<text x="${MARGIN * unit}" y="${y.toFixed(1)}" font-family="${FONT}" font-weight="${weight}" ` +
        `font-size="${(size * scale).toFixed(2)}" fill="${colour}">${plain(line)}</text>`;
      y += size * scale * 1.35;
    }
    y += size * 0.25;
  };
  say(caption.title, { weight: "bold", scale: 1.15 });
  caption.lines.forEach((line) => say(line));
  say(caption.cite, { scale: 0.85, colour: "#5b6470" });
  const width = figure.width + 2 * MARGIN * unit;
  const height = Math.ceil(y + MARGIN * unit - size);
  figure.svg.setAttribute("x", MARGIN * unit);
  figure.svg.setAttribute("y", MARGIN * unit);
  figure.svg.setAttribute("width", figure.width);
  figure.svg.setAttribute("height", figure.height);
  const said = [caption.title, ...caption.lines, caption.cite].join("\n");
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${PRINT_MM}mm" height="${((PRINT_MM * height) / width).toFixed(2)}mm" ` +
    `viewBox="0 0 ${width} ${height}"><title>${plain(caption.title)}</title><desc>${plain(said)}</desc>` +
    `<rect width="100%" height="100%" fill="#ffffff"/>${new XMLSerializer().serializeToString(figure.svg)}${words}</svg>`;
  return { svg, width, height, said, vector: figure.vector };
}

async function asPng(made) {
  const picture = new Image();
  picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(made.svg)}`;
  await picture.decode();
  const width = Math.round((PRINT_MM / 25.4) * DPI);
  const canvas = new OffscreenCanvas(width, Math.round((width * made.height) / made.width));
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: "image/png" })).arrayBuffer());
  return new Blob(withChunks(bytes, made.said), { type: "image/png" });
}

// A PNG says how large it is to be printed (pHYs) and, unseen, what it shows (iTXt); both stand behind its head.
function withChunks(png, words) {
  const perMetre = Math.round(DPI / 0.0254);
  const density = new DataView(new ArrayBuffer(9));
  density.setUint32(0, perMetre);
  density.setUint32(4, perMetre);
  density.setUint8(8, 1);
  const text = new TextEncoder().encode(`Description\0\0\0\0\0${words}`);
  const head = 8 + 25;
  return [png.slice(0, head), chunk("pHYs", new Uint8Array(density.buffer)), chunk("iTXt", text), png.slice(head)];
}

function chunk(name, content) {
  const whole = new Uint8Array(12 + content.length);
  const view = new DataView(whole.buffer);
  view.setUint32(0, content.length);
  whole.set(new TextEncoder().encode(name), 4);
  whole.set(content, 8);
  view.setUint32(8 + content.length, crc32(whole.subarray(4, 8 + content.length)));
  return whole;
}

function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

// The dialog: the picture as it will be, the two files, the citation.
let made = null;
let name = "";
async function open(block) {
  const caption = captionOf(block);
  made = null;
  part("picture").removeAttribute("src");
  for (const kind of ["png", "svg"]) part(kind).disabled = true;
  part("state").textContent = caption ? table.words.drawing : table.words.moving;
  dialog.showModal();
  if (!caption) return;
  try {
    made = await composed(block, caption);
  } catch (error) {
    console.error(error);
    part("state").textContent = table.words.failed;
    return;
  }
  name = `${caption.title.split(": ").at(-1)}-${block.id}`.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-");
  part("picture").src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(made.svg)}`;
  part("picture").alt = made.said;
  part("png").disabled = false;
  part("svg").disabled = !made.vector;
  if (document.activeElement === part("close")) part("png").focus();
  part("state").textContent = made.vector ? table.words.ready : table.words.no_vector;
}

function save(blob, ending) {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: `${name}.${ending}` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

part("png").addEventListener("click", async () => save(await asPng(made), "png"));
part("svg").addEventListener("click", () => save(new Blob([made.svg], { type: "image/svg+xml" }), "svg"));
part("close").addEventListener("click", () => dialog.close());
dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
for (const button of dialog.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    const text = part(button.dataset.copy);
    const range = document.createRange();
    range.selectNodeContents(text);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    let copied = true;
    try {
      await navigator.clipboard.writeText(text.textContent); // not on a page without https
    } catch {
      copied = document.execCommand("copy");
    }
    part("copied").textContent = copied ? table.words.copied : table.words.selected;
  });
}
offer();
