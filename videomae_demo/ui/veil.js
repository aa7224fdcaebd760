// A tab that is still about another clip than the headline lies under a veil, until it has been painted anew.
//
// The headline carries the number of the wish that it answers, and so do marks in each tab, one a part (page.py). Where
// a mark stays another for a while, its part is asked to paint itself again. While it waits in the line before the model
// it says how long. A part that is on its way for the first time says that it is. Where there is no answer to look into,
// the tab says so (page.css).
const PATIENCE = 3000;
const SOON = 300; // milliseconds that nobody takes for waiting
const since = new Map();
const opened = new Map(); // panels in sight with a part that was never painted
const firstWait = (panel) => {
  const blank = [...panel.querySelectorAll(".about-wish")].some((mark) => !mark.querySelector("[data-wish], [data-waits]"));
  if (!blank || !answered() || !panel.checkVisibility()) return void opened.delete(panel);
  if (!opened.has(panel)) {
    opened.set(panel, Date.now());
    setTimeout(lay, SOON + 50);
  }
  return Date.now() - opened.get(panel) > SOON ? inWords("Computing …") : undefined;
};
const pending = () => element.querySelector(".waiting");
const answered = () => element.querySelector("h2") && !element.querySelector(".quiet, .failure");
const lay = () => {
  const now = element.querySelector("[data-wish]")?.dataset.wish;
  for (const panel of document.querySelectorAll("#tabs [role=tabpanel]")) {
    const marks = [...panel.querySelectorAll(".about-wish [data-wish]")];
    const old = marks.filter((mark) => mark.dataset.wish !== now);
    const nothing = old.length > 0 && element.querySelector("[data-wish]") && !pending() && !answered();
    if (panel.inert !== old.length > 0) panel.inert = old.length > 0;
    const waits = panel.querySelector(".about-wish [data-waits]")?.dataset.waits ?? firstWait(panel);
    if (panel.dataset.waits !== waits) {
      if (waits) panel.dataset.waits = waits;
      else delete panel.dataset.waits;
    }
    const veiled = nothing ? "for good" : old.length ? "for now" : null;
    if ((panel.dataset.veiled ?? null) !== veiled) {
      if (veiled) panel.dataset.veiled = veiled;
      else delete panel.dataset.veiled;
    }
    if (!old.length) since.delete(panel);
    else if (!since.has(panel)) since.set(panel, Date.now());
  }
};
const remind = () => {
  if (!answered()) return since.clear(); // nothing to follow, or not yet
  for (const [panel, start] of since) {
    if (Date.now() - start < PATIENCE || !panel.checkVisibility()) continue;
    since.set(panel, Date.now());
    panel.querySelectorAll(".about-wish").forEach((part) => part.dispatchEvent(new Event("old")));
  }
  lay();
};
new MutationObserver(lay).observe(document.body, { childList: true, subtree: true });
setInterval(remind, 1000);
