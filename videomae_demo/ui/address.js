// The page's address: followed at load and by Back and Forward, written as the visitor goes. Runs once for the unseen
// gr.HTML in which the server says where the visitor is (js_on_load). Nothing of it is kept on the server: whoever opens
// the address is at the same clip, tab, map, lesson and frame.
const ARRIVING = 8000; // ms in which a page grows as its answers come
const REST = 400; // ms that a frame is looked at before the address names it: browsers count what is written
const ASKS = 20000; // ms after which the server is asked again whether it is still the one that made the page
let here = null; // what was said last
let moment = null;
let arrived = false;
let leaving = false; // Back or Forward was pressed, and the page is not there yet

const gradios = () => [...new URLSearchParams(location.search)].filter(([key]) => key.startsWith("__"));

function address() {
  const query = new URLSearchParams(here.place);
  const frame = window.videomae.state.frame + 1;
  if (frame !== Number(here.usualFrame)) query.set("frame", frame);
  // The language is the page's until it is loaded anew, whatever the server had read when it said where the visitor is:
  // events are answered in that of the address.
  const language = new URLSearchParams(location.search).get("lang");
  if (language && language === document.documentElement.lang) query.set("lang", language);
  for (const [key, value] of gradios()) query.append(key, value);
  const text = query.toString().replaceAll("%2C", ",").replaceAll("%2F", "/").replaceAll("%40", "@");
  return location.pathname + (text && `?${text}`);
}

function write(how) {
  clearTimeout(moment);
  if (location.pathname + location.search !== address()) history[how]({ own: here.own }, "", address());
}

// On a phone the row of tabs scrolls sideways: the open one is in sight.
function showTab() {
  const tab = document.querySelector('#tabs > .tab-wrapper [role="tab"][aria-selected="true"]');
  const row = tab?.parentElement;
  if (row) row.scrollLeft = tab.offsetLeft - (row.clientWidth - tab.offsetWidth) / 2;
}
new MutationObserver(showTab).observe(document.body, { subtree: true, attributeFilter: ["aria-selected"] });

function leaveOut(names) {
  document.documentElement.dataset.hide = names.split(",").join(" ");
}

// Whoever follows a link to a lesson or a tab stands in front of it, and not before the first screen above.
function arrive() {
  arrived = true;
  const query = new URLSearchParams(location.search);
  const opened = performance.getEntriesByType("navigation")[0]?.type === "navigate"; // else the browser knows where
  if (!opened || !(query.has("lesson") || query.has("tab"))) return;
  let at = null;
  const growing = new ResizeObserver(() => {
    if (at !== null && scrollY !== at) return growing.disconnect(); // the visitor has scrolled
    document.querySelector("#tabs")?.scrollIntoView();
    at = scrollY;
  });
  growing.observe(document.body);
  setTimeout(() => growing.disconnect(), ARRIVING);
}

function heard() {
  const mark = element.querySelector("[data-place]");
  if (!mark || Number(mark.dataset.followed) < (window.followed ?? 0)) return; // of an address that has been left
  const before = here;
  if (!arrived) arrive();
  here = { ...mark.dataset };
  leaving = false;
  if (before?.followed !== here.followed) clearTimeout(moment); // of the place before
  leaveOut(new URLSearchParams(here.place).get("hide") ?? "");
  if (before?.followed !== here.followed) {
    // An address was followed. A number that its wish did not need is free again (wishes.js).
    if (window.wishes > Number(here.wish) && window.wishes === element.asked) window.wishes = Number(here.wish);
    if (here.refused) write("replaceState");
  } else if (before.place !== here.place || before.own !== here.own) {
    write("pushState");
  }
}
watch("value", heard);

window.addEventListener("popstate", () => {
  leaving = true;
  window.videomae?.pause();
  trigger("click", {});
  element.asked = (window.wishes ?? 0) + 1;
});

document.addEventListener("videomae:frame", () => {
  clearTimeout(moment);
  moment = setTimeout(() => here && !leaving && !window.videomae.state.playing && write("replaceState"), REST);
});

// A server that was restarted meanwhile knows nothing of the pages that are open, and takes them for new ones that are
// nowhere. The address says where this one is, so it is opened anew; but for a clip of the visitor's own, which no address
// names: of that there is only what is seen here.
async function lookForAnotherServer() {
  const made = window.gradio_config;
  if (document.hidden || here === null || here.own || !made?.app_id) return;
  const answer = await fetch(`${made.root}${made.api_prefix}/app_id`).catch(() => null); // it may not be back yet
  const found = answer?.ok ? (await answer.json()).app_id : made.app_id;
  if (found !== made.app_id && !here.own) location.reload();
}
document.addEventListener("visibilitychange", lookForAnotherServer);
setInterval(lookForAnotherServer, ASKS);

leaveOut(new URLSearchParams(location.search).get("hide") ?? "");

window.videomaeOwnClip = () => Boolean(here?.own);

window.videomaeCopyLink = async () => {
  const button = document.querySelector("#copy-link");
  const link = here ? new URL(address(), location.href).href : location.href;
  button.dataset.said = (await copied(link)) ? (here?.own ? "own" : "yes") : "no";
  setTimeout(() => delete button.dataset.said, 4000);
};

// Browsers give the clipboard to pages on https and on this machine only; elsewhere an old command does it.
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = Object.assign(document.createElement("textarea"), { value: text });
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}
