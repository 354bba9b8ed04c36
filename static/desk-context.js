/* In a wide window the context of the chosen comment stands beside the list, taken from the comment's own page.
   Without this script the link "Context" leads there. */

(() => {
  "use strict";

  const beside = document.querySelector("[data-beside]");
  const wide = matchMedia("(min-width: 80rem)");
  // In milliseconds: who runs through the list with a key asks for nothing on the way.
  const REST = 250;
  let wanted = null;
  let timer = 0;

  if (!beside) return;
  document.addEventListener("commentsvc:chosen", (event) => {
    wanted = event.detail;
    clearTimeout(timer);
    timer = setTimeout(show, REST);
  });
  wide.addEventListener("change", show);

  async function show() {
    const card = wanted;
    const link = card?.isConnected ? card.querySelector("[data-act=context]") : null;
    if (!wide.matches || !link) return put(null);
    try {
      const answer = await fetch(link.href, { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(answer.ok ? await answer.text() : "", "text/html");
      if (card === wanted) put(page.getElementById("context"));
    } catch {
      put(null);
    }
  }

  function put(context) {
    beside.replaceChildren(...(context ? [document.adoptNode(context)] : []));
  }
})();
