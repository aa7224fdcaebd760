// Runs once for a gr.HTML that shows figures.tiles: pointing names a token's number; pressing chooses it ("select"),
// or, where the tiles can be painted, crosses it out ("input", with the list of removed tokens). By keyboard: arrow
// keys move within a slice, page up and down between slices, space crosses out.
//
// Gradio gives element, trigger and watch. The server's next value is merged into the page, so listeners stay.
const tiles = () => element.querySelector(".tiles");
let data = null;
let removed = new Set();
let cursor = null;
let stroke = null;

const indexOf = ([slice, row, column]) => (slice * data.grid[1] + row) * data.grid[2] + column;

function read() {
  const root = tiles();
  data = root ? JSON.parse(root.dataset.tiles) : null;
  if (!data) return;
  if (data.marked) cursor = data.marked;
  if (data.paint) {
    removed = new Set(data.removed);
    drawHoles();
  }
}

function tokenAt(event) {
  const picture = event.target.closest?.(".picture");
  if (!picture || !data) return null;
  const box = picture.getBoundingClientRect();
  const [, rows, columns] = data.grid;
  const place = (at, size, count) => Math.min(Math.max(Math.floor((at / size) * count), 0), count - 1);
  return [
    Number(picture.closest(".tile").dataset.slice),
    place(event.clientY - box.top, box.height, rows),
    place(event.clientX - box.left, box.width, columns),
  ];
}

function point(token) {
  const [, rows, columns] = data.grid;
  element.querySelectorAll(".tile").forEach((tile, slice) => {
    const box = tile.querySelector(".pointed");
    box.style.display = token && token[0] === slice ? "block" : "none";
    if (token && token[0] === slice) {
      box.style.cssText += `;left:${(100 * token[2]) / columns}%;top:${(100 * token[1]) / rows}%;` +
        `width:${100 / columns}%;height:${100 / rows}%`;
    }
  });
  const line = element.querySelector(".readout");
  if (!line) return;
  if (!token) {
    line.textContent = "\u00a0";
    return;
  }
  const [slice, row, column] = token.map((at) => at + 1);
  const place = inWords("slice {slice}, row {row}, column {column}", { slice, row, column });
  const number = data.values?.[indexOf(token)].toLocaleString(window.videomaeWords.locale, { useGrouping: false });
  const value = data.values ? `: ${number} ${data.unit}` : "";
  line.textContent = place + value + (data.paint && removed.has(indexOf(token)) ? ` · ${inWords("removed")}` : "");
}

function drawHoles() {
  const [slices, rows, columns] = data.grid;
  element.querySelectorAll(".tile").forEach((tile, slice) => {
    const canvas = tile.querySelector(".holes");
    if (!canvas) return;
    const cell = 8;
    canvas.width = columns * cell;
    canvas.height = rows * cell;
    const pen = canvas.getContext("2d");
    for (let place = 0; place < rows * columns; place += 1) {
      if (!removed.has(slice * rows * columns + place)) continue;
      const x = (place % columns) * cell;
      const y = Math.floor(place / columns) * cell;
      pen.fillStyle = "rgb(24, 27, 33)";
      pen.fillRect(x, y, cell, cell);
      pen.strokeStyle = "rgb(120, 126, 136)";
      pen.beginPath();
      pen.moveTo(x, y + cell);
      pen.lineTo(x + cell, y);
      pen.stroke();
    }
  });
}

function cross(token, gone) {
  const [slices, rows, columns] = data.grid;
  const places = data.tube ? Array.from({ length: slices }, (_, slice) => [slice, token[1], token[2]]) : [token];
  for (const place of places) {
    if (gone) removed.add(indexOf(place));
    else removed.delete(indexOf(place));
  }
  drawHoles();
}

const tell = () => trigger("input", { removed: [...removed].sort((a, b) => a - b) });

element.addEventListener("pointermove", (event) => {
  const token = tokenAt(event);
  if (!token) return;
  if (stroke !== null && event.pointerType !== "touch") cross(token, stroke);
  point(token);
});
element.addEventListener("pointerleave", () => data && point(null));
element.addEventListener("pointerdown", (event) => {
  const token = tokenAt(event);
  if (!token) return;
  cursor = token;
  if (!data.paint) {
    trigger("select", { token });
    return;
  }
  event.preventDefault();
  tiles().focus({ preventScroll: true });
  stroke = !removed.has(indexOf(token));
  cross(token, stroke);
  point(token);
  window.addEventListener(
    "pointerup",
    () => {
      stroke = null;
      tell();
    },
    { once: true },
  );
});
element.addEventListener("keydown", (event) => {
  if (!data || !event.target.classList.contains("tiles")) return;
  const steps = {
    ArrowLeft: [0, 0, -1],
    ArrowRight: [0, 0, 1],
    ArrowUp: [0, -1, 0],
    ArrowDown: [0, 1, 0],
    PageUp: [-1, 0, 0],
    PageDown: [1, 0, 0],
  };
  const step = steps[event.key];
  if (step) {
    cursor = (cursor ?? [0, 0, 0]).map((at, axis) => Math.min(Math.max(at + step[axis], 0), data.grid[axis] - 1));
    point(cursor);
    if (!data.paint) trigger("select", { token: cursor });
  } else if (data.paint && event.key === " " && cursor) {
    cross(cursor, !removed.has(indexOf(cursor)));
    point(cursor);
    tell();
  } else {
    return;
  }
  event.preventDefault();
});
watch("value", read);
read();
