// The connection to the server is lost: it is said, and the page opens again by itself, in the state
// that its address has, once the server answers.

const WORDS =
  "The connection to the server is lost. What is here can still be read; the map and the controls " +
  "come back by themselves as soon as the server answers.";
const [FIRST, LONGEST] = [1_000, 30_000]; // milliseconds between two questions to the server
const SETTLED = 60_000; // where a connection lasted less, the page does not open again at once: it might do so for ever
const opened = performance.now();

let isLost = false;

function say() {
  const said = Object.assign(document.createElement("div"), { className: "atlas-refresh atlas-lost" });
  said.setAttribute("role", "alert");
  const button = Object.assign(document.createElement("button"), { type: "button", className: "btn-link", textContent: "Reload" });
  button.addEventListener("click", () => location.reload());
  said.append(Object.assign(document.createElement("span"), { textContent: WORDS }), button);
  document.querySelector(".atlas-page").prepend(said);
}

// A page that nobody looks at waits: else a server that rests would never get to.
async function comeBack() {
  if (document.hidden) return;
  try {
    const answer = await fetch(new URL("healthz", location.href), { cache: "no-store" });
    if (answer.ok) location.reload();
  } catch {
    // not yet
  }
}

function askAgain(wait) {
  setTimeout(() => comeBack().then(() => askAgain(Math.min(2 * wait, LONGEST))), wait);
}

// Who leaves the page loses the connection, too, and is gone before anything is said.
window.jQuery(document).on("shiny:disconnected", () => {
  if (isLost) return;
  isLost = true;
  const lasted = performance.now() - opened;
  setTimeout(() => {
    say();
    addEventListener("online", comeBack);
    document.addEventListener("visibilitychange", comeBack);
    askAgain(lasted > SETTLED ? FIRST : LONGEST);
  }, FIRST);
});
