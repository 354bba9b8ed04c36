/* commentsvc: the conversation under an article.
 *
 *   <script async src="https://comments.example/embed.js" data-site="blog"></script>
 *
 * shows the thread where the tag stands (at the end of the page if it stands in the head). Once the script is loaded,
 * the element works alone, too, also when a page adds it later:
 *
 *   <commentsvc-thread data-site="blog"></commentsvc-thread>
 *
 * Options of the tag or the element; a change of data-thread or data-url shows the other thread:
 *
 *   data-site     the site's key; required
 *   data-thread   a stable id of the article, for articles whose address may change
 *   data-url      the article's address; else the page's rel=canonical, else the address of the page
 *   data-title    the article's title; else the title of the page
 *   data-lang     language of words and times (default en); what its table lacks is said in English
 *   data-strings  JSON object that replaces words of the table below, such as {"reply": "Answer"}
 *   data-sort     oldest (default) or newest
 *   data-depth    how many levels of replies are set in; deeper ones say whom they answer (default 4)
 *   data-refresh  seconds after which it looks for new comments again while the page is seen; 60 at least, 0 (default)
 *                 never
 *
 * Sending, preview, editing and deleting are in embed-form.js, which comes when the reader first touches the form;
 * looking for new comments is in embed-refresh.js, reporting one in embed-report.js. Each is given the object `thread`
 * of openThread(). A script from a cache may meet a newer one of those: where the meaning of what they share changes,
 * the name of what they export must change, too.
 *
 * Colours, fonts and parts are in embed.css. What the widget keeps, it keeps in this site's localStorage under one key:
 * receipts of own comments, unsent text, and, if the reader asks for it, name, email and website.
 */
(() => {
  "use strict";

  const TAG = "commentsvc-thread";
  // The server puts embed.css here, so that one request brings everything.
  const STYLE = "/*STYLE*/";
  // And this changes with the scripts, so that none of them meets an older one.
  const VERSION = "/*VERSION*/";

  const STRINGS = {
    en: {
      comments: "Comments",
      comments_0: "No comments yet",
      comments_one: "{n} comment",
      comments_other: "{n} comments",
      sort: "Sort",
      oldest: "Oldest first",
      newest: "Newest first",
      loading: "Loading comments…",
      unreachable: "The comments can’t be reached right now.",
      plain: "Read them on their own page",
      again: "Try again",
      more: "Load more comments",
      more_replies: "Show more replies",
      all: "Show all",
      all_loading: "Loading… {n} of {total}",
      all_shown: "All comments are shown.",
      removed: "This comment was removed.",
      moderator: "Moderator",
      you: "You",
      pinned: "Pinned",
      edited: "edited",
      now: "just now",
      in_reply: "in reply to {name}",
      in_reply_unknown: "in reply to an earlier comment",
      pending: "Your comment is awaiting moderation. Only you can see it.",
      rejected: "Your comment was not approved. Only you can see it.",
      held_edit: "Your change is awaiting moderation. Others see the earlier text.",
      reply: "Reply",
      reply_to: "Reply to {name}",
      report: "Report",
      report_of: "Report the comment by {name}",
      edit: "Edit",
      delete: "Delete",
      receipt: "Receipt",
      leave: "Leave a Reply",
      leave_to: "Leave a Reply to {name}",
      cancel_reply: "Cancel reply",
      email_note: "Your email address will not be published.",
      required_note: "Required fields are marked *",
      comment: "Comment",
      name: "Name",
      email: "Email",
      website: "Website",
      markdown: "Markdown",
      preview: "Preview",
      notify: "Tell me about replies by email. First comes an email that asks whether the address is yours.",
      remember: "Save my name, email, and website in this browser for the next time I comment.",
      privacy: "Privacy policy",
      follow: "Follow by mail",
      post: "Post Comment",
      posting: "Posting…",
      held: "Comments appear after approval.",
      closed: "Comments are closed.",
      no_answer: "There was no answer; try again.",
      no_part: "A part of this form could not be loaded. Your text is safe; try again.",
    },
  };

  // Markup of our own. An element without children holds the key of its words in the table above. A class names an
  // element to the script and the style, and as a part to the page's style; that of a button also names what it does.

  const THREAD = `<section class="thread" aria-labelledby="title"><div class="head">
<h2 class="title" id="title" tabindex="-1">comments</h2>
<label class="sort" hidden><span>sort</span> <select class="order"><option value="oldest">oldest</option>
<option value="newest">newest</option></select></label></div>
<p class="status" role="status"></p>
<div class="notice"><p class="words" role="alert">loading</p><a class="plain" hidden>plain</a>
<button class="again" hidden>again</button></div>
<ol class="list" role="list"></ol>
<div class="rest"><button class="more" hidden>more</button><button class="all" hidden>all</button></div></section>`;

  const ITEM = `<li class="item"><article class="comment"></article><ol class="replies" role="list"></ol>
<button class="more" hidden>more_replies</button></li>`;

  const REMOVED = `<article class="comment" tabindex="-1"><p class="removed">removed</p></article>`;

  const COMMENT = `<article class="comment" tabindex="-1">
<svg class="avatar" viewBox="-1 -1 7 7" aria-hidden="true"><path fill="currentColor"/></svg>
<div class="by"><h3 class="author"></h3><span class="badge">moderator</span><span class="badge you">you</span><span class="badge pin">pinned</span>
<a class="to"></a><a class="when"><time class="time"></time></a><span class="edited">edited</span></div>
<p class="state"></p><div class="body" dir="auto"></div>
<div class="acts"><button class="reply">reply</button><button class="edit">edit</button>
<button class="ask">delete</button><a class="receipt" rel="noreferrer">receipt</a>
<button class="report">report</button></div>
<p class="error" role="alert"></p></article>`;

  const FORM = `<form class="form" novalidate aria-labelledby="leave"><div class="row">
<h3 class="leave" id="leave"></h3><button class="back">cancel_reply</button></div>
<p class="note"><span id="email-note">email_note</span> <span>required_note</span></p>
<div class="field"><div class="row"><label for="body">comment</label><span class="note">
<span id="markdown">markdown</span> · <button class="preview">preview</button></span></div>
<textarea id="body" required dir="auto" aria-describedby="markdown body-error"></textarea>
<div class="body sample" role="status" dir="auto" hidden></div><p class="error" id="body-error"></p></div>
<div class="pair"><div class="field"><label for="name">name</label>
<input id="name" required autocomplete="name" aria-describedby="name-error">
<p class="error" id="name-error"></p></div>
<div class="field"><label for="email">email</label>
<input id="email" type="email" autocomplete="email" aria-describedby="email-note email-error">
<p class="error" id="email-error"></p></div></div>
<div class="field site"><label for="website">website</label>
<input id="website" type="url" autocomplete="url" placeholder="https://" aria-describedby="website-error">
<p class="error" id="website-error"></p></div>
<label class="tick tell"><input type="checkbox" id="notify"><span>notify</span></label>
<label class="tick"><input type="checkbox" id="remember"><span>remember</span></label>
<div class="field assent"><label class="tick">
<input type="checkbox" id="consent" required aria-describedby="consent-error"><span class="terms"></span></label>
<p class="error" id="consent-error"></p></div>
<a class="privacy">privacy</a>
<a class="follow" target="_blank">follow</a>
<div class="send"><button class="submit">post</button><span class="note held">held</span></div>
<p class="error trouble" role="alert"></p></form>`;

  const UNITS = { year: 31557600, month: 2629800, day: 86400, hour: 3600, minute: 60, second: 1 };
  const PERMALINK = "#comment-";
  // From here on the browser lays out only what is near the view.
  const LONG = 200;

  // An image named currentScript would stand in its place, hence the check.
  const { currentScript } = document;
  const script =
    currentScript instanceof HTMLScriptElement ? currentScript : document.querySelector("script[src*='/embed.js']");
  const BASE = new URL(".", script.src).href.slice(0, -1);

  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);

  let tries = 0;

  let policy = { createHTML: (html) => html };
  try {
    // For pages that require Trusted Types; they allow it by `trusted-types commentsvc`.
    policy = window.trustedTypes.createPolicy("commentsvc", policy);
  } catch {
    // Not known here, not allowed, or made before: the plain string does.
  }

  class CommentsvcThread extends HTMLElement {
    static observedAttributes = ["data-thread", "data-url"];

    base = BASE;
    #close = null;

    constructor() {
      super();
      this.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheet];
    }

    connectedCallback() {
      this.#close = openThread(this);
    }

    disconnectedCallback() {
      this.#close();
      this.#close = null;
    }

    attributeChangedCallback() {
      if (!this.#close) return;
      this.disconnectedCallback();
      this.connectedCallback();
    }
  }

  /* Show a thread in its element, from the moment it is in the page; return what ends all that goes on then: requests,
   * timers, listeners outside of the element. */
  function openThread({ base, dataset, shadowRoot }) {
    const { thread: id, strings } = dataset;
    const depth = dataset.depth >= 0 ? +dataset.depth : 4;
    const site = encodeURIComponent(dataset.site);
    const url = pageUrl(dataset.url);
    const title = dataset.title || document.title;
    const article = id || url;
    const life = new AbortController();
    const { signal } = life;
    const stored = "commentsvc " + base + " " + site + " ";
    const me = openStore(stored + "me");
    const draft = openStore(stored + "draft " + article);
    const own = openStore(stored + "own");
    const items = new Map();
    // What the parts that are loaded later work with; its functions are listed at the end.
    const thread = { url, id, title, article, dataset, signal, items, own, total: 0 };

    // -- words

    let { lang = "en" } = dataset;
    try {
      new Intl.Locale(lang);
    } catch {
      lang = "en";
    }
    const plurals = new Intl.PluralRules(lang);
    const relative = new Intl.RelativeTimeFormat(lang);
    const words = {};
    try {
      Object.assign(words, JSON.parse(strings || "{}"));
    } catch (error) {
      console.warn(error);
    }
    learn(STRINGS);

    /* Take words from a table, but for those that the page has replaced. */
    function learn(table) {
      const known = { ...table.en, ...table[lang.split("-")[0]] };
      for (const key in known) words[key] ??= known[key];
    }

    /* Return a phrase as a list of strings and of what stands for its {names}, which may be nodes. */
    function phrase(key, values = {}) {
      return String(words[key])
        .split(/\{(\w+)\}/)
        .map((part, place) => (place % 2 ? values[part] : part));
    }

    function say(key, values) {
      return phrase(key, values).join("");
    }

    /* Say how many there are of something. */
    function number(key, n) {
      const exact = key + "_" + (n && plurals.select(n));
      return say(exact in words ? exact : key + "_other", { n: digits(n) });
    }

    function digits(n) {
      return n.toLocaleString(lang);
    }

    /* Say how long ago, or how far ahead, a number of seconds is. */
    function distance(seconds) {
      const [unit, size] = Object.entries(UNITS).find(([, size]) => Math.abs(seconds) >= size);
      return relative.format(Math.trunc(seconds / size), unit);
    }

    // -- the service

    /* Ask the API; throw an Error with status, errors and wait (seconds) when it refuses, without status when there is
     * no answer. A GET without receipt has no header of ours and so costs no preflight. */
    async function call(path, { method, body, receipt, key } = {}) {
      const headers = given({
        "Content-Type": body && "application/json",
        "Idempotency-Key": key,
        Authorization: receipt && "Bearer " + receipt,
      });
      const response = await fetch(base + "/api/v1/sites/" + site + path, {
        method,
        headers,
        body: body && JSON.stringify(body),
        cache: "no-cache",
        credentials: "omit",
        // Half a minute without an answer is none.
        signal: AbortSignal.any?.([signal, AbortSignal.timeout(30000)]) || signal,
      });
      // Some answers have no content, and a refusal may come from a proxy, in other words than ours.
      const answer = await response.json().catch(() => ({}));
      if (response.ok) return answer;
      const wait = +response.headers.get("Retry-After") || 5;
      throw Object.assign(new Error(answer.detail), answer, { status: response.status, wait });
    }

    function threadPath(more) {
      return "/thread?" + new URLSearchParams(given({ url, id, ...more }));
    }

    function plainPage() {
      return base + "/sites/" + site + threadPath();
    }

    function askPage(cursor) {
      return call(threadPath({ sort: order.value === "newest" && order.value, cursor }));
    }

    /* Load a part of the widget. A browser may remember that an address could not be loaded, hence a new one for each
     * further try. */
    async function part(name) {
      const again = tries ? "-" + tries : "";
      try {
        return (await import(base + "/embed-" + name + ".js?" + VERSION + again)).open(thread);
      } catch (error) {
        tries++;
        throw error;
      }
    }

    // -- the thread

    const views = {};
    const frame = view(THREAD);
    const { thread: root, title: heading, order, sort, status, words: notes, plain, again, list, more, all } = frame;
    // The thread itself is what those comments stand under that answer none.
    const trunk = (root.item = thread.trunk = { level: -1, list, more });
    let settings;
    let open;
    let queue = Promise.resolve();

    root.lang = lang;
    if (dataset.sort === "newest") order.value = dataset.sort;
    order.onchange = () => enqueue(read);
    root.onclick = (event) => {
      const button = event.target.closest("button");
      const link = event.target.closest("a");
      if (button) acts[button.className]?.(button.closest("li, section").item);
      // The permalink that the address shows already makes no hashchange.
      if (link?.hash && link.href === location.href) seek();
    };
    root.ontransitionend = dim;
    addEventListener("hashchange", seek, { signal });
    const clock = setInterval(() => document.hidden || items.forEach(tick), 60000);
    shadowRoot.replaceChildren(root);
    dim();
    enqueue(read);
    if (dataset.refresh > 0) enqueue(() => part("refresh").catch(console.warn));

    /* Make nodes of our markup; return them by their classes. */
    function view(markup) {
      if (!views[markup]) {
        const template = document.createElement("template");
        fill(template, markup);
        views[markup] = template.content;
        for (const node of template.content.querySelectorAll("*")) {
          if (!node.firstElementChild && node.textContent) node.textContent = say(node.textContent);
        }
      }
      const named = {};
      for (const node of views[markup].cloneNode(true).querySelectorAll("[class]")) {
        const name = node.getAttribute("class");
        node.setAttribute("part", name);
        // Else Enter in a field would press the first of them.
        if (node.type === "submit" && !/^s(ubmit|ave)$/.test(name)) node.type = "button";
        named[name.split(" ").pop()] = node;
      }
      return named;
    }

    /* Know a dark page by its light text; the style gives its colour in one notation, however the page wrote it. */
    function dim() {
      const [, red, green, blue] = getComputedStyle(root).outlineColor.split(" ").map(parseFloat);
      root.toggleAttribute("data-dark", red + 2 * green + blue >= 2);
    }

    /* Read the first page and show it, in place of what was shown. */
    async function read() {
      try {
        const page = await askPage();
        settings = thread.settings = page.form;
        ({ open } = page.thread);
        tell(!open && "closed");
        if (open) {
          if (!form) buildForm();
          stand();
        }
        items.clear();
        list.replaceChildren();
        Object.assign(trunk, { pages: 0, cursor: null });
        tally(page.thread.count);
        extend(page, trunk);
        thread.page = page;
        thread.onread?.();
        if (open) resume();
        await recall();
        seek();
      } catch (error) {
        console.warn(error);
        tell("unreachable", true);
      }
    }

    function tell(key, failed) {
      notes.textContent = key ? say(key) : "";
      plain.href = plainPage();
      plain.hidden = again.hidden = !failed;
    }

    function tally(n) {
      thread.total = n;
      heading.textContent = number("comments", n);
      sort.hidden = n < 2;
    }

    function announce(key) {
      status.textContent = say(key);
    }

    /* Add the comments of a page, and say where it goes on; return those that are new. */
    function extend({ comments, next }, owner) {
      const mine = new Map(own.read([]).map((one) => [one.id, one]));
      const added = comments.filter(({ id }) => !items.has(id));
      comments.forEach((comment) => put(comment, mine.get(comment.id)));
      owner.next = next;
      owner.more.hidden = !next;
      all.hidden = !incomplete();
      root.toggleAttribute("data-long", items.size > LONG);
      return added;
    }

    /* Load more of the thread or of one branch; return what is new, undefined where there was no answer. */
    function loadMore(owner) {
      return enqueue(async () => {
        try {
          if (!owner.next) return [];
          const page = await askPage(owner.next);
          owner.cursor = owner.next;
          owner.pages = (owner.pages || 0) + 1;
          return extend(page, owner);
        } catch {
          announce("no_answer");
        }
      });
    }

    /* Find what has more to load: the thread, or a branch. */
    function incomplete() {
      return [trunk, ...items.values()].find(({ next }) => next);
    }

    /* Do what changes the list after what does so already. */
    function enqueue(job) {
      return (queue = queue.then(job));
    }

    /* Ask what became of own comments that the page does not hold, and show them to their author. */
    function recall() {
      const unclear = own.read([]).filter(
        (one) => one.thread === article && (one.held || (!one.approved && !items.has(one.id))),
      );
      return Promise.all(unclear.map(async (one) => {
        try {
          const { comment } = await call("/comments/" + one.id, one);
          if (comment.state === "deleted") return keepOwn(one.id);
          const missing = isApproved(comment) && !items.has(one.id);
          // It stands on a later page.
          if (missing && incomplete()) return keepOwn(one.id, { ...one, approved: true });
          // It was approved after the page was made.
          if (missing) tally(thread.total + 1);
          put(comment, one);
        } catch ({ status }) {
          if ([403, 404].includes(status)) keepOwn(one.id);
        }
      }));
    }

    /* Keep the receipt of an own comment and what is known of it, or forget it; the newest 50 of a site are kept. */
    function keepOwn(id, one) {
      const others = own.read([]).filter((other) => other.id !== id);
      own.write((one ? [one, ...others] : others).slice(0, 50));
    }

    function permalink(id) {
      return location.href.split("#")[0] + PERMALINK + id;
    }

    /* Bring the comment that the address names into view; it is looked for on at most 20 further pages. */
    async function seek() {
      // Where lists of articles lead by "12 comments"; the browser looks for it before the thread is there.
      if (location.hash === "#comments") return root.scrollIntoView();
      if (!location.hash.startsWith(PERMALINK)) return;
      const id = location.hash.slice(PERMALINK.length);
      for (let pages = 0; !items.has(id) && trunk.next && pages < 20; pages++) {
        if (!(await loadMore(trunk))) return;
      }
      root.querySelector(".target")?.classList.remove("target");
      if (!items.has(id)) return;
      const { article } = items.get(id);
      article.classList.add("target");
      article.focus();
      article.scrollIntoView();
    }

    // -- a comment

    /* Take in a comment, or what is new of it, remember it if it is the reader's own, and show it. */
    function put(comment, mine) {
      let item = items.get(comment.id);
      if (!item) {
        const { item: node, comment: article, replies, more } = view(ITEM);
        const parent = items.get(comment.parent) || trunk;
        item = node.item = { node, article, list: replies, more, next: comment.more, parent };
        more.hidden = !item.next;
        items.set(comment.id, item);
        place(item);
        if (comment.body && parent === trunk && order.value === "newest") list.prepend(node);
      }
      item.comment = { ...item.comment, ...comment };
      item.mine ||= mine;
      // A page does not tell whether an edit is held.
      const { held_edit: held = mine?.held } = comment;
      if (mine) keepOwn(mine.id, { ...mine, approved: isApproved(item.comment), held });
      // What the reader has begun there stays.
      if (!item.article.querySelector("form, .withdraw")) draw(item);
      return item;
    }

    function place(item) {
      const { parent, node } = item;
      item.level = Math.min(parent.level + 1, depth);
      if (item.level > parent.level) return parent.list.append(node);
      // Set in no further: it follows the last of those that answer the same comment.
      item.flat = true;
      let last = parent.node.parentNode.lastChild;
      while (!isUnder(last.item, parent)) last = last.previousSibling;
      last.after(node);
    }

    function draw(item) {
      const { comment, mine, parent } = item;
      const { id, author, created, state, held_edit } = comment;
      const approved = isApproved(comment);
      const pending = state === "pending";
      const shown = view(author ? COMMENT : REMOVED);
      const { comment: article, to, when, time, edit } = shown;
      item.article.replaceWith(article);
      Object.assign(item, { article, time, edit });
      article.id = "comment-" + id;
      if (!author) return;

      const name = bdi(author.name);
      const word = held_edit ? "held_edit" : pending ? state : "rejected";
      article.classList.toggle("mine", !approved);
      article.setAttribute("aria-label", author.name);
      const link = { href: author.url, rel: "nofollow ugc noopener" };
      shown.author.append(isWeb(author.url) ? make("a", link, name) : name);
      to.href = permalink(comment.parent);
      to.append(...phrase(nameOf(parent) ? "in_reply" : "in_reply_unknown", { name: bdi(nameOf(parent)) }));
      when.href = permalink(id);
      time.dateTime = created;
      time.title = new Date(created).toLocaleString(lang, { dateStyle: "long", timeStyle: "short" });
      shown.state.append("◔ ", say(word));
      shown.reply.setAttribute("aria-label", say("reply_to", author));
      shown.report.setAttribute("aria-label", say("report_of", author));
      shown.receipt.href = base + "/r/" + site + "/" + mine?.receipt;
      identicon(shown.avatar, author.avatar);
      fill(shown.body, comment.html);
      keepOnly(shown, {
        badge: author.badge,
        you: mine,
        pin: comment.pinned,
        to: comment.parent && (item.flat || parent === trunk),
        edited: comment.edited,
        state: held_edit || !approved,
        reply: approved && open,
        edit: mine && (approved || pending),
        ask: mine,
        receipt: mine,
        report: approved && !mine,
      });
      tick(item);
    }

    /* Tell the time anew, and take back Edit when its time is over. */
    function tick({ comment, mine, time, edit }) {
      if (!time) return;
      const since = (Date.parse(comment.created) - Date.now()) / 1000;
      const ago = since > -60 ? say("now") : distance(since);
      if (time.textContent !== ago) time.textContent = ago;
      const until = comment.editable_until || Date.parse(mine?.created) + settings.edit_seconds * 1000;
      edit.hidden = new Date() > new Date(until);
    }

    /* What the buttons do, by their class. */
    const acts = {
      again: order.onchange,
      preview: () => write("preview"),
      edit: (item) => write("edit", item),
      ask: (item) => write("ask", item),
      report: (item) => write("complain", item, () => part("report").then((more) => Object.assign(acts, more))),

      /* The button may be gone or far below then: go on where the new comments begin. */
      async more(owner) {
        const added = await loadMore(owner);
        if (added?.[0]) items.get(added[0].id).article.focus({ preventScroll: true });
      },

      /* Load what is left, page after page; the button tells how far it is. */
      async all() {
        if (all.ariaBusy) return;
        all.ariaBusy = true;
        let first;
        for (let owner, added; (owner = incomplete()); first ||= added[0]) {
          all.textContent = say("all_loading", { n: digits(items.size), total: digits(thread.total) });
          added = await loadMore(owner);
          if (!added) break;
        }
        all.ariaBusy = null;
        all.textContent = say("all");
        if (!all.hidden) return;
        announce("all_shown");
        items.get(first?.id)?.article.focus({ preventScroll: true });
      },

      reply(item) {
        stand(item);
        keep();
        text.focus();
      },

      /* Stand below the list again, with all that is typed. */
      back() {
        const { article } = thread.answered;
        stand();
        keep();
        article.querySelector(".reply").focus();
      },
    };

    // -- the form: one, which stands below the list or under the comment that it answers

    let form;
    let text;
    let inputs;
    let remember;
    let writing;

    function buildForm() {
      const { email, website, consent, privacy, held, notify } = settings;
      const known = me.read();
      const parts = (thread.parts = view(FORM));
      ({ form } = parts);
      ({ body: text, remember } = form.elements);
      parts.terms.textContent = consent + " *";
      parts.privacy.href = privacy;
      parts.follow.href = plainPage() + "#follow";
      keepOnly(parts, { site: website, assent: consent, privacy: isWeb(privacy), held, tell: notify, follow: notify });
      form.elements.email.required = email === "required";
      inputs = thread.inputs = {};
      for (const input of form.querySelectorAll("[aria-describedby]")) {
        inputs[input.id] = input;
        if (input.required) form.querySelector("[for=" + input.id + "]")?.append(" *");
        if (known?.[input.id]) input.value = known[input.id];
      }
      remember.checked = known;
      remember.onchange = introduce;
      form.onsubmit = (event) => {
        event.preventDefault();
        write("send");
      };
      form.onkeydown = ({ key, isComposing }) => {
        // Nothing typed is lost by it: the form goes back with all that it holds.
        if (key === "Escape" && thread.answered && !isComposing) acts.back();
      };
      form.oninput = ({ target }) => {
        if (target.id in inputs) mark(target, "");
        keep();
      };
      // Where this fails, the press that needs it tries again, and tells.
      form.addEventListener("focusin", () => loadForm().catch(console.warn));
    }

    function loadForm() {
      writing ||= part("form").then(
        (more) => Object.assign(acts, more),
        (error) => {
          writing = null;
          throw error;
        },
      );
      return writing;
    }

    /* Do what embed-form.js knows how to; where it can't be loaded, say so in the place, to be tried again. */
    async function write(act, item, load = loadForm) {
      const place = item ? item.article.lastChild : thread.parts.trouble;
      place.textContent = "";
      try {
        await load();
      } catch {
        place.textContent = say("no_part");
        return;
      }
      acts[act](item);
    }

    /* Stand under a comment, or below the list. */
    function stand(item) {
      const { parts } = thread;
      thread.answered = item;
      if (item) item.article.after(form);
      else root.append(form);
      parts.back.hidden = !item;
      parts.leave.replaceChildren(...phrase(item ? "leave_to" : "leave", { name: bdi(nameOf(item)) }));
    }

    /* What is typed, by field. */
    function typed() {
      const values = {};
      for (const field in inputs) values[field] = inputs[field].value.trim();
      return values;
    }

    /* Bring back what was typed and not sent. */
    function resume() {
      const { body, parent, key: sent } = draft.read() || {};
      const item = items.get(parent);
      thread.key = sent;
      if (body) text.value ||= body;
      if (item?.article.querySelector(".reply")) stand(item);
    }

    function keep() {
      const { body } = typed();
      draft.write(body && { body, parent: thread.answered?.comment.id, key: thread.key });
    }

    function mark(input, words) {
      input.setAttribute("aria-invalid", !!words);
      input.closest(".field").lastChild.textContent = words;
    }

    /* Keep name, email and website in this browser, or forget them, as the box says. */
    function introduce() {
      const { name, email, website } = typed();
      me.write(remember.checked && { name, email, website });
    }

    Object.assign(thread, {
      words, learn, say, number, distance, call, askPage, root, heading, view, fill, tally, announce, enqueue, keepOwn,
      put, draw, stand, typed, keep, mark, introduce, isApproved,
    });
    return () => {
      life.abort();
      clearInterval(clock);
    };
  }

  /* One thing that the reader's browser keeps. Where storage is blocked, it is kept as long as the page. */
  function openStore(name) {
    let memory;
    return {
      read(none) {
        try {
          memory = JSON.parse(localStorage.getItem(name)) || memory;
        } catch {
          // Blocked, or not ours.
        }
        return memory || none;
      },

      write(value) {
        memory = value;
        try {
          if (value) localStorage.setItem(name, JSON.stringify(value));
          else localStorage.removeItem(name);
        } catch {
          // Blocked or full.
        }
      },
    };
  }

  /* Take the values out that are not there. */
  function given(values) {
    for (const name in values) if (!values[name]) delete values[name];
    return values;
  }

  /* The only place where text becomes HTML: markup of our own from above, and a comment's, which the server has made
   * safe by an allow list as the last thing it did. All else is set as text. */
  function fill(node, html) {
    node.innerHTML = policy.createHTML(html);
  }

  /* Take those of some nodes out that are not wanted. */
  function keepOnly(nodes, wanted) {
    for (const name in wanted) if (!wanted[name]) nodes[name].remove();
  }

  function make(tag, attributes, ...children) {
    const node = Object.assign(document.createElement(tag), attributes);
    node.append(...children);
    return node;
  }

  /* A name runs in its own direction, whatever stands around it. */
  function bdi(name) {
    return make("bdi", {}, name);
  }

  function nameOf(item) {
    return item?.comment?.author?.name;
  }

  function isUnder(item, other) {
    return item === other || (item.parent && isUnder(item.parent, other));
  }

  function isApproved({ author, state = "approved" }) {
    return !!author && state === "approved";
  }

  /* Draw ten hexadecimal characters: five by five cells, the same left and right, in a colour of their own. */
  function identicon(picture, seed) {
    const number = parseInt(seed, 16);
    let path = "";
    for (let cell = 0; cell < 15; cell++) {
      const x = cell % 3;
      if (!((number >> cell) & 1)) continue;
      for (const column of [x, 4 - x]) path += "M" + column + " " + (cell - x) / 3 + "h1v1h-1z";
    }
    picture.firstChild.setAttribute("d", path);
    picture.style.color = "hsl(" + (number % 360) + " 52% 38%)";
  }

  /* The server gives no other addresses; this is a second lock. */
  function isWeb(url) {
    return /^https?:/.test(url);
  }

  /* Return the article's address. The server makes the canonical form; less here only helps caches. */
  function pageUrl(option) {
    const canonical = document.head.querySelector("link[rel=canonical]")?.href;
    for (const candidate of [option, canonical, location.href]) {
      try {
        const url = new URL(candidate, document.baseURI);
        url.hash = "";
        for (const name of [...url.searchParams.keys()]) {
          if (/^(utm_.*|fbclid|gclid)$/.test(name)) url.searchParams.delete(name);
        }
        if (candidate && isWeb(url.href)) return url.href;
      } catch {
        // Not an address: the next is tried.
      }
    }
  }

  function placeThread() {
    const thread = make(TAG, { base: BASE });
    Object.assign(thread.dataset, script.dataset);
    if (!script.closest("body")) document.body.append(thread);
    // A page that is shown again from a copy of itself holds its thread already.
    else if (script.nextElementSibling?.localName !== TAG) script.after(thread);
  }

  if (!customElements.get(TAG)) customElements.define(TAG, CommentsvcThread);
  if (script.dataset.site) {
    if (document.body) placeThread();
    else addEventListener("DOMContentLoaded", placeThread, { once: true });
  }
})();
