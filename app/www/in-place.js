// A plain page changes in place: its form and its links are asked for beside the page, and only what
// is new is put in. Without this script, or where an answer fails, the browser goes there itself.

import { drawPlots } from "./plots.js";

const PARTS = "[data-part]"; // each has an id, and is replaced where its content differs
let asking;
let shown = 0; // how many views were put in

const isOurs = (url) => url.origin === location.origin && url.pathname === location.pathname;

function addressOf(form) {
  const asked = [...new FormData(form)].filter(([, value]) => value !== "");
  return new URL(`?${new URLSearchParams(asked)}`, form.action);
}

function put(fresh) {
  shown += 1;
  document.title = fresh.title;
  const held = document.activeElement?.id;
  const opened = [...document.querySelectorAll("details[id][open]")].map(({ id }) => id);
  for (const part of fresh.querySelectorAll(PARTS)) {
    const here = document.getElementById(part.id);
    if (here && here.outerHTML !== part.outerHTML) here.replaceWith(part);
  }
  for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
  if (held && document.activeElement?.id !== held) document.getElementById(held)?.focus();
  drawPlots();
  later();
}

// A part that is asked for once the rest is there, so that nobody waits for it.
async function later() {
  for (const part of document.querySelectorAll("[data-later]")) {
    const { later: address } = part.dataset;
    delete part.dataset.later;
    await into(part.id, address);
  }
}

async function into(id, address) {
  const asked = shown;
  const answer = await fetch(address).catch(() => null);
  const fresh = answer?.ok && new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(id);
  const here = document.getElementById(id);
  if (!fresh || !here || shown !== asked) return; // or the reader has gone on by now
  here.replaceWith(fresh);
  drawPlots();
}

async function show(url, keep) {
  asking?.abort();
  asking = new AbortController();
  const main = document.querySelector("main");
  main.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(url, { signal: asking.signal });
    if (!answer.ok && answer.status !== 404 && answer.status !== 422) throw new Error(answer.status);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (keep) history.pushState(null, "", url);
    put(fresh);
    main.dataset.shown = shown; // for tests and benchmarks
  } catch (error) {
    if (error.name === "AbortError") return;
    location.assign(url);
  }
  main.removeAttribute("aria-busy");
}

document.documentElement.classList.add("is-in-place");
document.addEventListener("change", ({ target }) => {
  const form = target.form;
  if (form?.matches("[data-in-place]")) show(addressOf(form), true);
});
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-in-place]")) return;
  event.preventDefault();
  show(addressOf(event.target), true);
});
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("main a[href]");
  if (!link || link.hasAttribute("download") || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const url = new URL(link.href);
  const part = link.closest("[data-into]")?.dataset.into;
  if (part) {
    event.preventDefault();
    into(part, link.href);
    return;
  }
  if (!isOurs(url) || url.hash) return;
  event.preventDefault();
  show(url, true);
});
later();
addEventListener("popstate", () => show(new URL(location.href), false));
