/* Keys for the desk. Every act is one of the page's own forms and links: without this script nothing is missing. */

(() => {
  "use strict";

  const page = document.documentElement;
  const cards = [...document.querySelectorAll("#decide .card")];
  const ticks = [...document.querySelectorAll(".pick input")];
  const help = document.getElementById("keys");
  const switched = help?.querySelector("[data-keys-on]");
  let chosen = -1;

  page.classList.add("js");
  setUpKeys();
  setUpTicks();
  setUpNotice();
  chooseFirst();

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
    cards.forEach((card, i) => {
      card.addEventListener("focusin", () => pressing || choose(i, false));
      card.addEventListener("click", () => choose(i, false));
    });
    document.getElementById("decide")?.addEventListener("submit", (event) => {
      // The next card moves up into the place of one that is decided.
      store("sessionStorage", "commentsvc-place", String(Math.max(chosen, 0)));
      // A second press while the first is under way would be told that somebody else was first.
      if (event.target.dataset.sent) event.preventDefault();
      event.target.dataset.sent = "yes";
    });
    // A page that comes back from the browser's memory can be sent again.
    addEventListener("pageshow", () => delete document.getElementById("decide")?.dataset.sent);
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
      enter: () => press("reply"),
      x: () => cards[chosen]?.querySelector(".pick input")?.click(),
      z: () => document.querySelector("[data-undo]")?.click(),
      "/": () => document.querySelector("[data-search]")?.focus(),
    };
  }

  function next() {
    choose(Math.min(chosen + 1, cards.length - 1), true);
  }

  function previous() {
    choose(Math.max(chosen - 1, 0), true);
  }

  function press(act) {
    cards[chosen]?.querySelector(`[data-act="${act}"]`)?.click();
  }

  function choose(i, move) {
    const card = cards[i];
    if (!card) return;
    if (i !== chosen) {
      cards[chosen]?.classList.remove("chosen");
      cards[chosen]?.removeAttribute("aria-current");
      chosen = i;
      card.classList.add("chosen");
      card.setAttribute("aria-current", "true");
    }
    if (move) {
      card.focus({ preventScroll: true });
      card.scrollIntoView({ block: "nearest" });
    }
  }

  function chooseFirst() {
    const place = store("sessionStorage", "commentsvc-place");
    store("sessionStorage", "commentsvc-place", "");
    // After a decision the work goes on where it was, also for those who go by Tab.
    if (cards.length) choose(Math.min(Number(place), cards.length - 1), Boolean(place));
  }

  function setUpTicks() {
    const bar = document.querySelector(".bulk");
    const all = document.querySelector("[data-all]");
    if (!bar || !all) return;
    const show = () => {
      const ticked = ticks.filter((tick) => tick.checked).length;
      bar.classList.toggle("bulk-on", ticked > 0);
      bar.querySelector("[data-ticked]").textContent = `${ticked} ticked`;
      all.textContent = ticked && ticked === ticks.length ? "Select none" : "Select all";
    };
    for (const tick of ticks) tick.addEventListener("change", show);
    all.addEventListener("click", (event) => {
      event.preventDefault();
      const on = ticks.some((tick) => !tick.checked);
      for (const tick of ticks) tick.checked = on;
      show();
    });
    addEventListener("pageshow", show);
  }

  function setUpNotice() {
    const words = document.querySelector(".toast [role=status]");
    if (!words) return;
    // A live region speaks when it changes, not when it is there from the start.
    const said = words.textContent;
    words.textContent = "";
    setTimeout(() => (words.textContent = said), 100);
    // Loading the page again shall not say it again.
    const url = new URL(location);
    for (const name of ["did", "n", "batch", "overtaken", "withdrawn", "edited"]) url.searchParams.delete(name);
    history.replaceState(null, "", url);
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
