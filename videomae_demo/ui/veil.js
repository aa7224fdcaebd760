// A tab that is still about another clip than the headline lies under a veil, until it has been painted anew.
//
// The headline carries the number of the wish that it answers, and so do marks in each tab, one a part (page.py). Where
// a mark stays another for a while, its part is asked to paint itself again.
const PATIENCE = 3000;
const since = new Map();
const lay = () => {
  const now = element.querySelector("[data-wish]")?.dataset.wish;
  for (const panel of document.querySelectorAll("#tabs [role=tabpanel]")) {
    const marks = [...panel.querySelectorAll(".about-wish [data-wish]")];
    const old = marks.filter((mark) => mark.dataset.wish !== now);
    if (panel.inert !== old.length > 0) {
      panel.inert = old.length > 0;
      panel.toggleAttribute("data-veiled", old.length > 0);
    }
    if (!old.length) since.delete(panel);
    else if (!since.has(panel)) since.set(panel, Date.now());
  }
};
const remind = () => {
  if (element.querySelector(".waiting")) return since.clear(); // nothing has an answer to follow yet
  for (const [panel, start] of since) {
    if (Date.now() - start < PATIENCE || !panel.checkVisibility()) continue;
    since.set(panel, Date.now());
    panel.querySelectorAll(".about-wish").forEach((part) => part.dispatchEvent(new Event("old")));
  }
  lay();
};
new MutationObserver(lay).observe(document.body, { childList: true, subtree: true });
setInterval(remind, 1000);
