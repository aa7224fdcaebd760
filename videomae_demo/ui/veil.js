// A tab that is still about another clip than the headline lies under a veil, until it has been painted anew.
//
// The headline carries the number of the wish that it answers, and so do marks in each tab, one a part (page.py).
const lay = () => {
  const now = element.querySelector("[data-wish]")?.dataset.wish;
  for (const panel of document.querySelectorAll("#tabs [role=tabpanel]")) {
    const marks = [...panel.querySelectorAll(".about-wish [data-wish]")];
    const old = marks.some((mark) => mark.dataset.wish !== now);
    if (panel.inert !== old) {
      panel.inert = old;
      panel.toggleAttribute("data-veiled", old);
    }
  }
};
new MutationObserver(lay).observe(document.body, { childList: true, subtree: true });
