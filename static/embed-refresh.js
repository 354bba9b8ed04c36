/* commentsvc: new comments without loading the page again. embed.js loads it for pages that set data-refresh, and gives
 * it the object `thread` of openThread(). Nothing that is read moves: what is new is offered, and shown if wanted. */

const STRINGS = {
  en: {
    new_one: "Show {n} new comment",
    new_other: "Show {n} new comments",
  },
};

const OFFER = `<div class="offer" role="status"></div>`;
const BUTTON = `<button class="show"></button>`;

const LEAST = 60;
const MOST = 3600;
// Where more than this is shown, its first and its last page are looked at.
const PAGES = 10;

/* Look for new comments as long as the thread is in the page. */
export function open(thread) {
  const { signal, items, trunk } = thread;
  const usual = Math.max(LEAST, thread.dataset.refresh);
  let wait = usual;
  let due;
  let timer;
  let found = [];

  if (signal.aborted) return;
  thread.learn(STRINGS);
  thread.onread = () => {
    found = [];
    suggest();
  };
  const { offer } = thread.view(OFFER);
  trunk.list.before(offer);
  document.addEventListener("visibilitychange", () => due && look(), { signal });
  signal.addEventListener("abort", () => clearTimeout(timer));
  plan();

  function plan() {
    timer = setTimeout(look, wait * 1000);
  }

  /* Ask once; after a failure the next time is twice as far, or as far as the service said. */
  async function look() {
    // Nobody sees it: as soon as somebody does.
    due = document.hidden;
    if (due) return;
    try {
      if (thread.page) await compare(thread.page);
      wait = usual;
    } catch (error) {
      wait = Math.max(Math.min(wait * 2, MOST), error.wait || 0);
    }
    if (!signal.aborted) plan();
  }

  async function compare(former) {
    const page = await thread.askPage();
    // Unchanged, it came from the browser's own cache.
    if (JSON.stringify(page) === JSON.stringify(former)) return;
    const comments = await current(trunk, page);
    // Sorted anew meanwhile, the thread is as new as this.
    if (thread.page !== former) return;
    found = comments;
    thread.page = page;
    suggest();
  }

  /* Read the comments of the thread, or of a branch, as they are now, as far as they are shown. */
  async function current(owner, page) {
    const comments = [];
    let { pages = 0 } = owner;
    while (page) {
      for (const comment of page.comments) {
        const item = items.get(comment.id);
        comments.push(comment);
        if (comment.more && item?.pages) comments.push(...(await current(item, await thread.askPage(comment.more))));
      }
      if (pages > PAGES) [pages, page] = [0, { next: owner.cursor }];
      page = page.next && (!owner.next || pages-- > 0) && (await thread.askPage(page.next));
    }
    if (!owner.next) return comments;
    // What comes after the last that is shown is loaded with the rest.
    let end = comments.findLastIndex(({ id }) => items.has(id)) + 1;
    while (owner === trunk && comments[end]?.parent) end++;
    return comments.slice(0, end);
  }

  function fresh() {
    return found.filter(({ id }) => !items.has(id));
  }

  function suggest() {
    const n = fresh().length;
    const words = thread.number("new", n);
    if (!n) return offer.replaceChildren();
    if (offer.textContent === words) return;
    const { show } = thread.view(BUTTON);
    show.textContent = words;
    // Not one of the thread's own buttons: what it does is known here alone.
    show.onclick = insert;
    offer.replaceChildren(show);
  }

  /* Put what is new in its place, and go on reading there. */
  function insert() {
    return thread.enqueue(() => {
      const news = new Set(fresh().map(({ id }) => id));
      const mine = new Map(thread.own.read([]).map((one) => [one.id, one]));
      const last = new Map();
      offer.replaceChildren();
      for (const comment of found) {
        const known = items.get(comment.id);
        const isSame = known && !isChanged(known.comment, comment);
        const { node } = isSame ? known : thread.put(comment, mine.get(comment.id));
        const list = node.parentNode;
        if (!known && last.has(list)) last.get(list).after(node);
        else if (!known) list.prepend(node);
        last.set(list, node);
      }
      thread.tally(thread.page.thread.count);
      thread.root.querySelectorAll(".new").forEach((article) => article.classList.remove("new"));
      for (const id of news) items.get(id).article.classList.add("new");
      items.get([...news][0])?.article.focus();
    });
  }

  function isChanged(known, comment) {
    return ["author", "html", "edited"].some((key) => JSON.stringify(known[key]) !== JSON.stringify(comment[key]));
  }
}
