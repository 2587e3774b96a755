// The studio's one script. Every page works without it, but for search while typing, curating and looking again.
"use strict";

const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const one = (selector, root = document) => root.querySelector(selector);

// What somebody called themselves is remembered in this browser.
for (const field of all("[data-remember]")) {
  const key = `winddown-${field.dataset.remember}`;
  field.value ||= localStorage.getItem(key) ?? "";
  field.addEventListener("change", () => localStorage.setItem(key, field.value));
  field.form.addEventListener("submit", () => localStorage.setItem(key, field.value));
}

// Messages are as high as they are, so that the page scrolls and not each frame.
function fit(frame) {
  const page = frame.contentDocument;
  if (page?.documentElement) frame.style.height = `${Math.max(page.documentElement.scrollHeight, 320)}px`;
}
for (const frame of all("iframe[data-message]")) {
  frame.addEventListener("load", () => fit(frame));
  addEventListener("resize", () => fit(frame));
  if (frame.contentDocument?.readyState === "complete") fit(frame);
}

// Parts that take a moment are asked for once the page is there.
for (const part of all("[data-fetch]")) {
  fetch(part.dataset.fetch).then(async (answer) => { if (answer.ok) part.innerHTML = await answer.text(); });
}

// Search while typing; the last question asked is the one that is answered.
for (const field of all("[data-search]")) {
  const place = document.getElementById(field.getAttribute("aria-controls"));
  let asked = 0;
  field.addEventListener("input", async () => {
    const mine = ++asked;
    const answer = await fetch(`${field.dataset.search}?q=${encodeURIComponent(field.value)}`);
    const text = await answer.text();
    if (mine === asked) place.innerHTML = text;
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") { event.preventDefault(); one("a", place)?.focus(); }
    if (event.key === "Escape") { field.value = ""; place.innerHTML = ""; }
  });
  place.addEventListener("keydown", (event) => {
    const links = all("a", place), at = links.indexOf(document.activeElement);
    if (event.key === "ArrowDown") { event.preventDefault(); links[at + 1]?.focus(); }
    if (event.key === "ArrowUp") { event.preventDefault(); (links[at - 1] ?? field).focus(); }
    if (event.key === "Escape") { field.focus(); place.innerHTML = ""; }
  });
}

// Keys.
const typing = (target) => target.closest("input, textarea, select, dialog, [contenteditable]");
const pages = { e: "/", r: "/readers", p: "/problems", c: "/curate" };
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const link = one(`[data-key="${CSS.escape(event.key)}"]`);
  if (event.key === "/") {
    event.preventDefault();
    const field = one("[data-search]");
    if (field) field.focus(); else location.assign("/readers");
  } else if (event.key === "?") one("#keys").showModal();
  else if (link) link.click();
  else if (event.key === "s") location.assign("/anybody");
  else if (event.key in pages) location.assign(pages[event.key]);
});

// Curating: what is in the list, in which order, is what the form posts.
const form = one("#curate");
if (form) {
  const listed = one("#listed"), candidates = one("#candidates"), unsaved = one("#unsaved");
  const ids = () => all(".item", listed).map((item) => item.dataset.item);
  const saved = ids().join();
  let dragged = null;

  const changed = () => {
    all(".item", listed).forEach((item, n) => item.classList.toggle("beyond", n >= Number(form.dataset.slots)));
    unsaved.textContent = ids().join() === saved ? "" : "Not saved yet.";
  };
  const move = (item, how) => {
    if (how === "across") {
      if (item.parentElement === listed) candidates.prepend(item); else listed.append(item);
    } else if (item.parentElement === listed) {
      if (how === "up") item.previousElementSibling?.before(item); else item.nextElementSibling?.after(item);
    }
    changed();
  };
  form.addEventListener("submit", () => {
    all("input[name=item]", form).forEach((field) => field.remove());
    for (const id of ids()) form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "item", value: id }));
    form.dataset.leaving = "yes";
  });
  addEventListener("beforeunload", (event) => { if (unsaved.textContent && !form.dataset.leaving) event.preventDefault(); });
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (button) { const item = button.closest(".item"); move(item, button.dataset.move); item.focus(); }
  });
  form.addEventListener("keydown", (event) => {
    const item = event.target.matches(".item") ? event.target : null;
    if (!item) return;
    const how = { ArrowUp: "up", ArrowDown: "down" }[event.key];
    if (event.altKey && how) { event.preventDefault(); move(item, how); item.focus(); }
    else if (how && !event.altKey) { event.preventDefault(); (how === "up" ? item.previousElementSibling : item.nextElementSibling)?.focus(); }
    else if (event.key === "Enter" || event.key === " ") { event.preventDefault(); move(item, "across"); item.focus(); }
  });
  form.addEventListener("dragstart", (event) => {
    dragged = event.target.closest(".item");
    dragged?.classList.add("dragged");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged?.dataset.item ?? "");
  });
  const clear = () => all(".before, .over", form).forEach((element) => element.classList.remove("before", "over"));
  form.addEventListener("dragend", () => { dragged?.classList.remove("dragged"); dragged = null; clear(); });
  for (const list of [listed, candidates]) {
    list.addEventListener("dragover", (event) => {
      if (!dragged) return;
      event.preventDefault();
      clear();
      list.classList.add("over");
      event.target.closest(".item")?.classList.add("before");
    });
    list.addEventListener("drop", (event) => {
      if (!dragged) return;
      event.preventDefault();
      const target = event.target.closest(".item");
      if (target && target !== dragged) target.before(dragged); else if (!target) list.append(dragged);
      clear();
      changed();
    });
  }
  changed();
}

// The page looks again by itself when templates, plan or approval change, and shows how far a job is.
const job = one("#job");
async function look() {
  if (document.hidden) return;
  const answer = await fetch("/stamp").catch(() => null);
  if (!answer?.ok) return;
  const now = await answer.json();
  if (now.stamp !== document.body.dataset.stamp && !one("#unsaved")?.textContent) {
    document.body.dataset.stamp = now.stamp;
    location.reload();
  }
  job.hidden = !now.job.doing;
  one(".job-stage", job).textContent = now.job.stage || "Beginning";
  const bar = one("progress", job);
  if (now.job.total) { bar.max = now.job.total; bar.value = now.job.done; } else bar.removeAttribute("value");
}
setInterval(look, 500);
