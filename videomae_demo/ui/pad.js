// Cells to paint over a frame: drag with a pointer, or move by arrow keys and press space. Runs once for its gr.HTML
// (js_on_load gives element and trigger); tells the server which cells are pressed, one character a cell.
const cells = () => [...element.querySelectorAll('.cells button')];
const tell = (quick) => {
  const pressed = cells().map((cell) => cell.getAttribute('aria-pressed') === 'true' ? '1' : '0').join('');
  const count = [...pressed].filter((one) => one === '1').length;
  const words = element.querySelector('[data-count]');
  if (words) words.textContent = inWords("{count} of {cells} cells hidden", { count, cells: pressed.length });
  clearTimeout(element.waiting);
  element.waiting = setTimeout(() => trigger('click', { cells: pressed }), quick ? 0 : 500);
};
const set = (cell, pressed) => cell.setAttribute('aria-pressed', pressed ? 'true' : 'false');
const under = (event) => document.elementFromPoint(event.clientX, event.clientY)?.closest('.cells button');
let brush = null;
element.addEventListener('pointerdown', (event) => {
  const cell = event.target.closest('.cells button');
  if (!cell) return;
  brush = cell.getAttribute('aria-pressed') !== 'true';
  set(cell, brush);
});
element.addEventListener('pointermove', (event) => {
  const cell = brush === null ? null : under(event);
  if (cell && element.contains(cell)) set(cell, brush);
});
document.addEventListener('pointerup', () => {
  if (brush === null) return;
  brush = null;
  tell(true);
});
element.addEventListener('click', (event) => {
  if (event.target.closest('[data-clear]')) {
    cells().forEach((cell) => set(cell, false));
    tell(true);
  }
  const cell = event.target.closest('.cells button');
  if (cell && event.detail === 0) {
    set(cell, cell.getAttribute('aria-pressed') !== 'true');
    tell(false);
  }
});
element.addEventListener('keydown', (event) => {
  const here = cells().indexOf(event.target);
  const columns = Number(element.querySelector('.pad')?.dataset.columns);
  const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
  if (here < 0 || !by || !cells()[here + by]) return;
  event.preventDefault();
  event.target.tabIndex = -1;
  cells()[here + by].tabIndex = 0;
  cells()[here + by].focus();
});
