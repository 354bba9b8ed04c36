/* Follows an import without loading the page again, and says so before a file is sent that is too large. Without this
   script the page loads itself again, and the service says how large a file may be. */

(() => {
  "use strict";

  // In milliseconds: how often it is asked, and how often a screen reader is told.
  const ASK = 1_500;
  const TELL = 10_000;

  const file = document.querySelector("[data-limit]");
  file?.addEventListener("change", () => {
    const limit = Number(file.dataset.limit);
    const large = [...file.files].some((one) => one.size > limit * 1024 * 1024);
    file.setCustomValidity(large ? `The file is larger than the ${limit} MB that may be brought here.` : "");
    if (large) file.reportValidity();
  });

  const run = document.querySelector("[data-run]");
  if (!run) return;
  let told = 0;
  setTimeout(look, ASK);

  async function look() {
    try {
      const answer = await fetch(location.href, { cache: "no-store" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const now = page.querySelector("[data-run]");
      if (!answer.ok || answer.redirected || !now) {
        location.reload();
        return;
      }
      show(now);
    } catch {
      say("The service can't be reached at the moment. This page tries again.");
    }
    setTimeout(look, ASK);
  }

  function show(now) {
    for (const part of ["[data-doing]", "[data-pace]"]) {
      run.querySelector(part).textContent = now.querySelector(part).textContent;
    }
    const [bar, next] = [run, now].map((one) => one.querySelector("[data-bar]"));
    if (next.hasAttribute("value")) bar.setAttribute("value", next.getAttribute("value"));
    else bar.removeAttribute("value");
    say(`${now.querySelector("[data-doing]").textContent}. ${now.querySelector("[data-pace]").textContent}`);
  }

  function say(words) {
    if (Date.now() - told < TELL) return;
    told = Date.now();
    run.querySelector("[data-said]").textContent = words.trim();
  }
})();
