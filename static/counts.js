/* commentsvc: how many comments articles have, for pages that list them.
 *
 *   <script async src="https://comments.example/counts.js" data-site="blog"></script>
 *
 * puts "12 comments" in place of the text of each element of the page that asks for it:
 *
 *   <a href="https://example.org/article#comments" data-commentsvc-count>Comments</a>
 *   <span data-commentsvc-count="https://example.org/article">Comments</span>
 *   <span data-commentsvc-id="article-42">Comments</span>
 *
 * Options of the tag:
 *
 *   data-site     the site's key; required
 *   data-zero     the words for none, "No comments"; {n} stands for the number
 *   data-one      the words for one, "{n} comment"
 *   data-other    the words for more, "{n} comments"
 *
 * Where no answer comes, the text stays as it is.
 */
(() => {
  "use strict";

  // Beyond this, proxies refuse an address; so long a list of articles is asked for in several requests.
  const MAX_QUERY = 7000;
  const MAX_ARTICLES = 100;

  // An image named currentScript would stand in its place, hence the check.
  const { currentScript } = document;
  const script =
    currentScript instanceof HTMLScriptElement ? currentScript : document.querySelector("script[src*='/counts.js']");
  const { site, zero = "No comments", one = "{n} comment", other = "{n} comments" } = script.dataset;
  const api = new URL("api/v1/sites/" + site + "/counts?", script.src).href;

  if (document.readyState === "loading") addEventListener("DOMContentLoaded", start);
  else start();

  /* Find the elements that wait for a number, and ask. */
  function start() {
    // By parts of the query, since one article may be linked several times.
    const waiting = new Map();
    for (const element of document.querySelectorAll("[data-commentsvc-count], [data-commentsvc-id]")) {
      const { commentsvcCount, commentsvcId } = element.dataset;
      const name = commentsvcId || address(commentsvcCount || element.href);
      if (!name) continue;
      const part = new URLSearchParams({ [commentsvcId ? "id" : "url"]: name }).toString();
      if (!waiting.has(part)) waiting.set(part, { name, elements: [] });
      waiting.get(part).elements.push(element);
    }
    let query = "";
    let asked = [];
    for (const [part, article] of waiting) {
      if (asked.length === MAX_ARTICLES || (asked.length && query.length + part.length > MAX_QUERY)) {
        ask(query, asked);
        query = "";
        asked = [];
      }
      query += (query && "&") + part;
      asked.push(article);
    }
    if (asked.length) ask(query, asked);
  }

  /* Return an address in full and without its fragment, or nothing where it is none. */
  function address(text) {
    try {
      return text && new URL(text, document.baseURI).href.split("#")[0];
    } catch {
      return null;
    }
  }

  /* Ask for the numbers of some articles and show them. */
  async function ask(query, articles) {
    try {
      const answer = await fetch(api + query, { credentials: "omit" });
      const { counts } = await answer.json();
      for (const { name, elements } of articles) {
        const n = counts[name];
        if (n >= 0) for (const element of elements) element.textContent = words(n);
      }
    } catch {
      // No answer, or a refusal: the page is as good as without us.
    }
  }

  /* Say how many there are. */
  function words(n) {
    let number = String(n);
    try {
      number = n.toLocaleString(document.documentElement.lang || "en");
    } catch {
      // The page's language is none that browsers know.
    }
    return (n === 0 ? zero : n === 1 ? one : other).replace("{n}", number);
  }
})();
