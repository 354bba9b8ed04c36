/* Keys for the desk, and decisions without loading the page again. Every act is one of the page's own forms and links:
   without this script nothing is missing. */

(() => {
  "use strict";

  const page = document.documentElement;
  const form = document.getElementById("decide");
  const list = form?.querySelector(".cards");
  const live = form?.hasAttribute("data-live");
  const help = document.getElementById("keys");
  const switched = help?.querySelector("[data-keys-on]");
  const toast = document.querySelector("[data-toast]");
  // When fewer cards than this are left, the next ones are fetched.
  const FEW = 10;
  // In milliseconds, how often the numbers are asked for while the page is looked at.
  const LOOK_AGAIN = 30_000;

  let chosen = null;
  // What was decided here and can be taken back, the last one at the end.
  const done = [];
  // Each act waits for the one before: answers come in the order of the keys.
  let line = Promise.resolve();
  let order = 0;
  const known = new Set();

  page.classList.add("js");
  cards().forEach(welcome);
  setUpKeys();
  setUpTicks();
  setUpNotice();
  setUpDeciding();
  choose(cards()[0], false);

  function cards() {
    return [...document.querySelectorAll("#decide .card")];
  }

  function ticks() {
    return [...document.querySelectorAll("#decide .pick input")];
  }

  /* -- keys */

  function setUpKeys() {
    if (!help) return;
    switched.checked = store("localStorage", "commentsvc-keys") !== "off";
    page.classList.toggle("keys-on", switched.checked);
    switched.addEventListener("change", () => {
      page.classList.toggle("keys-on", switched.checked);
      store("localStorage", "commentsvc-keys", switched.checked ? "on" : "off");
    });
    for (const button of document.querySelectorAll("[data-help]")) {
      button.addEventListener("click", () => help.showModal());
    }
    document.addEventListener("keydown", onKey);
    // A chosen card looks otherwise: while a button of another one is pressed, it must stay under the pointer.
    let pressing = false;
    addEventListener("pointerdown", () => (pressing = true), true);
    for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => (pressing = false), true);
    form?.addEventListener("focusin", (event) => pressing || choose(event.target.closest(".card"), false));
    form?.addEventListener("click", (event) => choose(event.target.closest(".card"), false));
  }

  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || help.open) return;
    if (event.target.closest("input:not([type=checkbox]), textarea, select")) return;
    if (event.key === "?") {
      event.preventDefault();
      help.showModal();
      return;
    }
    // Enter on a tick box would press the form's first button.
    if (event.key === "Enter" && event.target.matches("input")) event.preventDefault();
    const act = switched.checked && acts()[event.key.toLowerCase()];
    // Enter on a button or link presses that one.
    if (!act || (event.key === "Enter" && event.target.closest("a, button, summary, input"))) return;
    event.preventDefault();
    if (!event.repeat || act === next || act === previous) act();
  }

  function acts() {
    return {
      j: next,
      k: previous,
      a: () => press("approve"),
      s: () => press("spam"),
      r: () => press("reject"),
      d: () => press("delete"),
      e: () => press("edit"),
      c: () => press("context"),
      enter: () => press("reply"),
      x: () => chosen?.querySelector(".pick input")?.click(),
      u: undoLast,
      z: undoLast,
      "/": () => document.querySelector("[data-search]")?.focus(),
    };
  }

  function next() {
    const all = cards();
    choose(all[Math.min(all.indexOf(chosen) + 1, all.length - 1)], true);
  }

  function previous() {
    const all = cards();
    choose(all[Math.max(all.indexOf(chosen) - 1, 0)], true);
  }

  function press(act) {
    chosen?.querySelector(`[data-act="${act}"]`)?.click();
  }

  function choose(card, move) {
    if (!card) return;
    if (card !== chosen) {
      chosen?.classList.remove("chosen");
      chosen?.removeAttribute("aria-current");
      chosen = card;
      card.classList.add("chosen");
      card.setAttribute("aria-current", "true");
      document.dispatchEvent(new CustomEvent("commentsvc:chosen", { detail: card }));
    }
    if (move) {
      card.focus({ preventScroll: true });
      card.scrollIntoView({ block: "nearest" });
    }
  }

  /* -- ticks */

  function setUpTicks() {
    const all = document.querySelector("[data-all]");
    form?.addEventListener("change", showTicks);
    all?.addEventListener("click", (event) => {
      event.preventDefault();
      const on = ticks().some((tick) => !tick.checked);
      for (const tick of ticks()) tick.checked = on;
      showTicks();
    });
    addEventListener("pageshow", showTicks);
  }

  function showTicks() {
    const bar = document.querySelector(".bulk");
    const all = document.querySelector("[data-all]");
    if (!bar || !all) return;
    const ticked = ticks().filter((tick) => tick.checked).length;
    bar.classList.toggle("bulk-on", ticked > 0);
    bar.querySelector("[data-ticked]").textContent = `${ticked} ticked`;
    all.textContent = ticked && ticked === ticks().length ? "Select none" : "Select all";
  }

  /* -- the notice */

  function setUpNotice() {
    const words = toast?.querySelector("[role=status]");
    if (!words?.textContent) return;
    // A live region speaks when it changes, not when it is there from the start.
    const said = words.textContent;
    words.textContent = "";
    setTimeout(() => (words.textContent = said), 100);
    // Loading the page again shall not say it again.
    const url = new URL(location);
    for (const name of ["did", "n", "batch", "overtaken", "withdrawn", "edited", "left", "first"]) {
      url.searchParams.delete(name);
    }
    history.replaceState(null, "", url);
  }

  function say(words) {
    toast.querySelector("[role=status]").textContent = words;
    toast.classList.toggle("toast-empty", !words);
    // What the page came with is undone by its form; what was done since, by this button.
    toast.querySelector("form, [data-undo]")?.remove();
    if (!done.length) return;
    const button = make("button", "Undo ", { type: "button" });
    button.dataset.undo = "";
    button.append(make("kbd", "U", { ariaHidden: "true", className: "with-keys" }));
    button.addEventListener("click", undoLast);
    toast.append(button);
  }

  /* -- deciding */

  function setUpDeciding() {
    if (!live) return;
    form.addEventListener("submit", (event) => {
      if (!event.submitter?.value) return;
      event.preventDefault();
      decide(event.submitter);
    });
    document.addEventListener("visibilitychange", lookAround);
    setInterval(lookAround, LOOK_AGAIN);
  }

  function decide(button) {
    const data = new FormData(form, button);
    const ids = button.name === "one" ? [button.value.split(":")[1]] : data.getAll("id");
    const items = ids.map(itemOf).filter(Boolean);
    if (!items.length) return say("Nothing was changed. Tick a comment or more, then press a button.");
    const at = cards().indexOf(items[0].querySelector(".card"));
    // The page need not wait for the answer; a card comes back where it turns out otherwise.
    for (const item of items) take(item);
    goOn(at);
    line = line.then(async () => {
      const answer = await ask(form.action, data);
      if (answer.failed) {
        for (const item of items) putBack(item);
        return say(answer.failed);
      }
      if (answer.batch) done.push({ batch: answer.batch, words: answer.words, items });
      for (const id of answer.again) items.filter((item) => idOf(item) === id).forEach(putBack);
      show(answer);
      if (answer.again.length) await fetchMore(answer.again);
      if (cards().length < FEW) await fetchMore([]);
    });
  }

  function undoLast() {
    const sent = toast?.querySelector("form");
    if (sent && !live) return sent.requestSubmit();
    line = line.then(() => {
      if (done.length) return undo(done.at(-1));
      return sent?.isConnected ? sent.requestSubmit() : say("There is nothing to undo on this page.");
    });
  }

  async function undo(act) {
    const data = new FormData();
    data.set("csrf_token", form.querySelector("[name=csrf_token]").value);
    data.set("list", form.querySelector("[name=list]").value);
    data.set("batch", act.batch);
    const answer = await ask(form.dataset.undoUrl, data);
    if (answer.failed) return say(answer.failed);
    done.splice(done.indexOf(act), 1);
    const back = act.items.filter((item) => answer.changed.includes(idOf(item)));
    back.forEach(putBack);
    choose(back[0]?.querySelector(".card"), true);
    show(answer);
  }

  async function ask(url, data) {
    try {
      // Who decides and turns to another page at once has decided.
      const sent = { method: "POST", body: data, headers: { Accept: "application/json" }, keepalive: true };
      const answer = await fetch(url, sent);
      if (answer.ok) return await answer.json();
      if (answer.status >= 500) return { failed: "The service cannot store anything right now. Nothing was changed." };
      return { failed: "This page is out of date. Nothing was changed: please load it again." };
    } catch {
      return { failed: "The service was not reached. Load the page again to see what was changed." };
    }
  }

  function show(answer) {
    say(answer.words);
    showSizes(answer);
    showLately();
    showTicks();
  }

  function showSizes(answer) {
    for (const size of document.querySelectorAll("[data-size]")) {
      size.textContent = answer.sizes[size.dataset.size] ?? size.textContent;
    }
    const oldest = document.querySelector("[data-oldest]");
    if (oldest) oldest.textContent = answer.oldest ? `· oldest ${answer.oldest}` : "";
    const here = form.querySelector("[name=list]").value;
    document.title = document.title.replace(/\([^)]*\)/, `(${answer.sizes[here]})`);
  }

  function showLately() {
    const lately = document.querySelector("[data-lately]");
    if (!lately) return;
    lately.hidden = !done.length;
    lately.querySelector("[data-lately-count]").textContent = `(${done.length})`;
    lately.querySelector("ol").replaceChildren(
      ...done.toReversed().map((act) => {
        const authors = act.items.map((item) => item.querySelector(".author").textContent);
        const entry = make("li", `${act.words} ${authors.slice(0, 3).join(", ")} `);
        const button = make("button", "Undo", { type: "button", className: "button button-small" });
        button.addEventListener("click", () => (line = line.then(() => done.includes(act) && undo(act))));
        entry.append(button);
        return entry;
      }),
    );
  }

  async function lookAround() {
    if (document.visibilityState !== "visible") return;
    try {
      const answer = await fetch(form.dataset.sizesUrl, { headers: { Accept: "application/json" } });
      if (answer.ok && !answer.redirected) showSizes(await answer.json());
    } catch {
      // The next look will tell.
    }
  }

  /* -- cards that leave, come back and come anew */

  function welcome(card) {
    const item = card.closest("li");
    if (!item) return;
    item.dataset.order = order++;
    known.add(idOf(item));
  }

  function idOf(item) {
    return item.querySelector(".card").id.slice(2);
  }

  function itemOf(id) {
    return document.getElementById(`c-${id}`)?.closest("li");
  }

  function take(item) {
    const tick = item.querySelector(".pick input");
    if (tick) tick.checked = false;
    item.remove();
    showTicks();
  }

  function putBack(item) {
    const after = [...list.children].find((other) => Number(other.dataset.order) > Number(item.dataset.order));
    list.insertBefore(item, after ?? null);
    list.parentElement.querySelector(".empty")?.remove();
  }

  function goOn(at) {
    const all = cards();
    chosen = null;
    if (all.length) choose(all[Math.min(at, all.length - 1)], true);
    else {
      document.querySelector(".head h1").focus();
      document.dispatchEvent(new CustomEvent("commentsvc:chosen", { detail: null }));
    }
  }

  async function fetchMore(anew) {
    try {
      const answer = await fetch(location, { headers: { Accept: "text/html" } });
      if (!answer.ok || answer.redirected) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const card of fresh.querySelectorAll("#decide .card")) {
        const item = document.adoptNode(card.closest("li"));
        const old = anew.includes(idOf(item)) ? itemOf(idOf(item))?.closest("li") : null;
        if (old) {
          item.dataset.order = old.dataset.order;
          old.replaceWith(item);
        } else if (!known.has(idOf(item))) {
          list.append(item);
          welcome(item.querySelector(".card"));
        }
      }
      const empty = fresh.querySelector("#main .empty");
      if (!cards().length && empty && !list.parentElement.querySelector(".empty")) {
        list.after(document.adoptNode(empty));
      }
      if (!chosen?.isConnected) choose(cards()[0], document.activeElement?.matches(".head h1"));
    } catch {
      // Loading the page shows them.
    }
  }

  function make(name, words, values = {}) {
    return Object.assign(document.createElement(name), { textContent: words }, values);
  }

  function store(kind, name, value) {
    try {
      if (value === undefined) return window[kind].getItem(name);
      window[kind].setItem(name, value);
    } catch {
      // A browser that keeps nothing still has its keys.
    }
    return null;
  }
})();
