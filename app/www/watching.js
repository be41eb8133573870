// A part of a page that is asked for again while something is at work, until that has ended.

const watched = () => document.querySelector("[data-watch]");

// What leads somewhere in it was written for its own page.
function fromHere(fresh, address) {
  for (const part of [fresh, ...fresh.querySelectorAll("*")])
    for (const name of ["action", "href", "data-watch"])
      if (part.getAttribute(name)) part.setAttribute(name, new URL(part.getAttribute(name), address));
}

async function look() {
  const here = watched();
  if (!here) return;
  const answer = await fetch(here.dataset.watch).catch(() => null);
  const text = answer?.ok && (await answer.text());
  const fresh = text && new DOMParser().parseFromString(text, "text/html").getElementById(here.id);
  if (fresh) fromHere(fresh, new URL(here.dataset.watch, location));
  // A form in it that somebody is just about to use stays where it is.
  if (fresh && !here.querySelector(":focus")) here.replaceWith(fresh);
  wait();
}

function wait() {
  const here = watched();
  if (here) setTimeout(look, 1000 * here.dataset.every);
}

// On a phone the line of areas is wider than the window: it begins where one is.
document.querySelector("#areas [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

wait();
