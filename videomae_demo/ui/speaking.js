// The page's language: runs before Gradio's script and all others of the page.

// Gradio's own words follow the browser's language; on this page they follow the page's.
Object.defineProperty(navigator, "language", { get: () => window.videomaeWords.locale, configurable: true });

// What the style sheet says.
for (const [name, text] of Object.entries({
  "no-answer": inWords("No answer to look into: choose a clip above."),
  "answer-changes": inWords("answer changes"),
  "every-class": inWords(": all alike"),
  copied: inWords(": done"),
  "copied-without": inWords(": without your own clip"),
  "not-copied": inWords(": take it from the browser"),
})) {
  document.documentElement.style.setProperty(`--word-${name}`, JSON.stringify(text));
}

// What Gradio's script says above the page in English alone.
{
  const words = {
    Error: inWords("That did not work"),
    Info: inWords("Please note"),
    "Connection to the server was lost. Attempting reconnection...": inWords(
      "The connection to the server was lost. The page is opened anew as soon as it answers.",
    ),
    "This application is currently busy. Please try again.": inWords("This server is busy. Please try again in a minute."),
  };
  const said = ["toast-title", "toast-message-text"].map((name) => document.getElementsByClassName(name));
  new MutationObserver(() => {
    for (const { firstChild: text } of said.flatMap((some) => [...some])) {
      if (words[text?.data?.trim()]) text.data = `${words[text.data.trim()]} `;
    }
  }).observe(document, { childList: true, subtree: true });
}

// Another language is another address, with the same clip, tab, map and frame in it. No address names a visitor's clip.
window.videomaeSpeak = (language) => {
  const question = inWords("In another language the page begins anew, without your own clip. Change the language?");
  if (window.videomaeOwnClip?.() && !confirm(question)) {
    const list = document.querySelector("#language select");
    list.value = list.querySelector("[selected]").value;
    return;
  }
  const query = new URLSearchParams(location.search);
  query.set("lang", language);
  location.search = query.toString();
};
