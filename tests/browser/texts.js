// Every text that a visitor can see, hear or point at; for tests.
() => {
  const BLOCK = "p, li, td, th, h1, h2, h3, h4, h5, button, label, legend, option, summary, figcaption, dt, dd, caption, text, title, pre, div";
  const NOT = "footer, script, style, pre, code, .cm-editor, noscript, select";
  const texts = new Map();
  const walker = document.createTreeWalker(document.querySelector(".gradio-container") ?? document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (!node.textContent.trim() || parent.closest(NOT) || !(parent.checkVisibility?.({checkVisibilityCSS: true}) ?? true)) continue;
    const block = parent.closest("svg.exchanges") ?? parent.closest(BLOCK) ?? parent; // its heads are wrapped
    texts.set(block, (texts.get(block) ?? "") + node.textContent);
  }
  const found = [...texts.values()];
  for (const one of document.querySelectorAll("[aria-label], [title], [placeholder], img[alt], [aria-valuetext]")) {
    if (one.closest(NOT) || !one.checkVisibility() || one.matches("[type=checkbox], [type=radio]")) continue; // Gradio gives these their keys as titles
    for (const name of ["aria-label", "title", "placeholder", "alt", "aria-valuetext"]) {
      const text = one.getAttribute(name);
      if (text?.trim()) found.push(text);
    }
  }
  for (const plot of document.querySelectorAll(".js-plotly-plot")) {
    if (!plot.checkVisibility()) continue;
    for (const trace of plot.data ?? []) {
      if (trace.hoverinfo === "skip") continue;
      if (typeof trace.hovertemplate === "string") found.push(trace.hovertemplate.replaceAll("<extra></extra>", "").replace(/%\{[^}]*\}/g, ""));
      if (trace.showlegend !== false && plot.layout.showlegend && trace.name) found.push(trace.name);
    }
  }
  return found;
}
