// The words of the page's scripts in its language, as say("Frame {n}", { n: 3 }); English stands in the scripts.
window.say = (message, values = {}) =>
  (window.videomaeWords.words[message] ?? message).replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place);

// A number as the page's language writes it.
window.sayNumber = (value, digits = 0) =>
  value.toLocaleString(window.videomaeWords.language, { minimumFractionDigits: digits, maximumFractionDigits: digits });

// Gradio's own words follow the browser's language; on this page they follow the page's.
Object.defineProperty(navigator, "language", { get: () => document.documentElement.lang, configurable: true });

// Another language is another address, with the same clip, tab, map and frame in it.
window.videomaeSpeak = (language) => {
  const query = new URLSearchParams(location.search);
  query.set("lang", language);
  location.search = query.toString();
};
