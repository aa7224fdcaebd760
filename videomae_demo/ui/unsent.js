// What is pressed while the server cannot be reached is kept, and sent once it answers; and the server is told when the
// page is closed. Runs once for the gr.HTML in which the page says so (js_on_load).
//
// Gradio gives up at the first press that does not get through: it says so in English, takes no other, and loads the
// page anew as soon as the server answers, without what was pressed. So it does not hear of one before it is answered.
const HEARD = /\/queue\/data$/; // where the page hears what came of a press
const PRESSED = /\/(queue\/(join|data)|run\/\w+|upload)$/;
const NOT_THERE = [undefined, 502, 503, 504]; // no answer at all, or one of what stands before a server that is gone
const PATIENCE = 2000; // ms between two tries
const MOST = 3; // tries with a server that answers everything else
// Where hearing is cut off, whatever is under way is told, and the next press hears anew: Gradio does not notice when
// nothing is under way, and would be deaf from then on.
const CUT_OFF = ["broken_connection", "close_stream"].map((msg) => `\n\ndata: ${JSON.stringify({ msg })}\n\n`).join("");
const send = window.fetch;
const wait = () => new Promise((resolve) => setTimeout(resolve, PATIENCE));
let back = null; // a promise, while nobody answers
let session = null; // under which the server knows this page

async function server() {
  const made = window.gradio_config;
  const answer = await send(`${made.root}${made.api_prefix}/app_id`, { cache: "no-store" }).catch(() => null);
  return answer?.ok ? (await answer.json()).app_id : null;
}

async function untilItAnswers() {
  element.innerHTML = "<p role=alert></p>";
  element.firstChild.textContent = inWords(
    "No connection to the server. What you pressed is done as soon as it answers; if that takes long, check your network.",
  );
  let found;
  while ((found = await server()) === null) await wait();
  if (found !== window.gradio_config.app_id) location.reload(); // it knows nothing of this page; the address does
  element.replaceChildren();
  back = null;
}

window.fetch = async (address, options) => {
  const { pathname: path, searchParams } = new URL(address.url ?? address, location.href);
  if (!PRESSED.test(path)) return send(address, options);
  if (HEARD.test(path)) session = searchParams.get("session_hash");
  for (let tries = 1; ; tries++) {
    const answer = await send(address, options).catch((error) => error);
    if (answer.ok && HEARD.test(path)) return untilCutOff(answer);
    if (!NOT_THERE.includes(answer.status) || answer.name === "AbortError") return settled(answer);
    if (back === null && (await server()) !== null) {
      if (tries === MOST) return settled(answer);
      await wait();
    } else await (back ??= untilItAnswers());
  }
};

function untilCutOff(answer) {
  const reader = answer.body.getReader();
  const pull = async (controller) => {
    const { done, value, name } = await reader.read().catch((error) => error);
    if (name === "AbortError" || done) return controller.close();
    controller.enqueue(name ? new TextEncoder().encode(CUT_OFF) : value);
    if (name) controller.close();
  };
  return new Response(new ReadableStream({ pull, cancel: (why) => reader.cancel(why) }), answer);
}

// A connection that ends may come again, as when a phone wakes up. A page that is closed does not, and says so.
window.addEventListener("pagehide", (event) => {
  const made = window.gradio_config;
  if (session && !event.persisted) navigator.sendBeacon(`${made.root}${made.api_prefix}/left/${session}`);
});

function settled(answer) {
  if (answer instanceof Error) throw answer;
  return answer;
}
