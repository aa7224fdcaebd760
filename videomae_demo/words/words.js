// What the page's scripts say, in its language: inWords("Frame {n}", { n: 3 }). English stands in the scripts.
window.inWords = (message, values = {}) =>
  (window.videomaeWords.words[message] ?? message).replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place);

// A number as the page's language writes it.
window.inNumbers = (value, digits = 0) =>
  value.toLocaleString(window.videomaeWords.locale, {
    minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping: false,
  });
