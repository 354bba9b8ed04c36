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
 *
 * Colours, fonts and parts are in embed.css. What the widget keeps, it keeps in this site's localStorage under one key:
 * receipts of own comments, unsent text, and, if the reader asks for it, name, email and website.
 */
(() => {
  "use strict";

  const TAG = "commentsvc-thread";
  // The server puts embed.css here, so that one request brings everything.
  const STYLE = "/*STYLE*/";

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
      removed: "This comment was removed.",
      moderator: "Moderator",
      you: "You",
      edited: "edited",
      now: "just now",
      in_reply: "in reply to {name}",
      in_reply_unknown: "in reply to an earlier comment",
      pending: "Your comment is awaiting moderation. Only you can see it.",
      approved: "Your comment was posted.",
      rejected: "Your comment was not approved. Only you can see it.",
      held_edit: "Your change is awaiting moderation. Others see the earlier text.",
      reply: "Reply",
      reply_to: "Reply to {name}",
      edit: "Edit",
      your_comment: "Your comment",
      save: "Save",
      cancel: "Cancel",
      saved: "Your change was saved.",
      delete: "Delete",
      ask: "Delete this comment?",
      keep: "Keep",
      deleted: "Your comment was deleted.",
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
      write: "Write",
      remember: "Save my name, email, and website in this browser for the next time I comment.",
      privacy: "Privacy policy",
      post: "Post Comment",
      posting: "Posting…",
      held: "Comments appear after approval.",
      closed: "Comments are closed.",
      // Refusals: by field and code, or by status; what is not here is said in the server's words.
      "body.empty": "Please write a comment.",
      "name.empty": "Please enter your name.",
      "email.empty": "Please enter your email address.",
      "consent.empty": "Please tick this box.",
      "Idempotency-Key.reused": "Your earlier text has arrived. Post again to send this one, too.",
      offline: "The comment could not be sent. Your text is safe; try again.",
      no_answer: "There was no answer; try again.",
      429: "That was a little fast. Your text is safe; try again {when}.",
      503: "The service is busy. Your text is safe; try again {when}.",
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
<ol class="list" role="list"></ol><button class="more" hidden>more</button></section>`;

  const ITEM = `<li class="item"><article class="comment"></article><ol class="replies" role="list"></ol>
<button class="more" hidden>more_replies</button></li>`;

  const REMOVED = `<article class="comment" tabindex="-1"><p class="removed">removed</p></article>`;

  const COMMENT = `<article class="comment" tabindex="-1">
<svg class="avatar" viewBox="-1 -1 7 7" aria-hidden="true"><path fill="currentColor"/></svg>
<div class="by"><h3 class="author"></h3><span class="badge">moderator</span><span class="badge you">you</span>
<a class="to"></a><a class="when"><time class="time"></time></a><span class="edited">edited</span></div>
<p class="state"></p><div class="body" dir="auto"></div>
<div class="acts"><button class="reply">reply</button><button class="edit">edit</button>
<button class="ask">delete</button><a class="receipt" rel="noreferrer">receipt</a></div>
<p class="error" role="alert"></p></article>`;

  const ASK = `<div class="acts"><span role="alert">ask</span><button class="withdraw">delete</button>
<button class="cancel">keep</button></div>`;

  const EDIT = `<form class="editor"><label><span class="status">your_comment</span>
<textarea class="area" dir="auto"></textarea></label>
<div class="acts"><button class="save">save</button><button class="cancel">cancel</button></div></form>`;

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
<label class="tick"><input type="checkbox" id="remember"><span>remember</span></label>
<div class="field assent"><label class="tick">
<input type="checkbox" id="consent" required aria-describedby="consent-error"><span class="terms"></span></label>
<p class="error" id="consent-error"></p></div>
<a class="privacy">privacy</a>
<div class="send"><button class="submit">post</button><span class="note held">held</span></div>
<p class="error trouble" role="alert"></p></form>`;

  const UNITS = { year: 31557600, month: 2629800, day: 86400, hour: 3600, minute: 60, second: 1 };
  const PERMALINK = "#comment-";

  // An image named currentScript would stand in its place, hence the check.
  const { currentScript } = document;
  const script =
    currentScript instanceof HTMLScriptElement ? currentScript : document.querySelector("script[src*='/embed.js']");
  const BASE = new URL(".", script.src).href.slice(0, -1);

  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);

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
    const thread = id || url;
    const life = new AbortController();
    const { signal } = life;
    const stored = "commentsvc " + base + " " + site + " ";
    const me = openStore(stored + "me");
    const draft = openStore(stored + "draft " + thread);
    const own = openStore(stored + "own");

    // -- words

    let { lang = "en" } = dataset;
    try {
      new Intl.Locale(lang);
    } catch {
      lang = "en";
    }
    const plurals = new Intl.PluralRules(lang);
    const relative = new Intl.RelativeTimeFormat(lang);
    const words = { ...STRINGS.en, ...STRINGS[lang.split("-")[0]] };
    try {
      Object.assign(words, JSON.parse(strings || "{}"));
    } catch (error) {
      console.warn(error);
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

    function askPage(cursor) {
      return call(threadPath({ sort: order.value === "newest" && order.value, cursor }));
    }

    /* Say in words why there is no answer, or why the service refused. */
    function explain({ status, errors, detail, wait }, lost) {
      if (errors) return errors.map(refusal).join(" ");
      return status in words ? say(status, { when: distance(wait) }) : detail || say(lost);
    }

    /* Say what is wrong with a field. */
    function refusal({ field, code, message }) {
      return words[field + "." + code] || message;
    }

    // -- the thread

    const views = {};
    const items = new Map();
    const { thread: root, title: heading, order, sort, status, words: notes, plain, again, list, more } = view(THREAD);
    // The thread itself is what those comments stand under that answer none.
    const trunk = (root.item = { level: -1, list, more });
    let settings;
    let open;
    let total;
    let queue = Promise.resolve();

    root.lang = lang;
    if (dataset.sort === "newest") order.value = dataset.sort;
    order.onchange = () => enqueue(read);
    root.onclick = (event) => {
      const button = event.target.closest("button");
      const link = event.target.closest("a");
      if (button && button.className in acts) {
        event.preventDefault();
        acts[button.className](button.closest("li, section").item);
      }
      // The permalink that the address shows already makes no hashchange.
      if (link?.hash && link.href === location.href) seek();
    };
    root.ontransitionend = dim;
    addEventListener("hashchange", seek, { signal });
    const clock = setInterval(() => document.hidden || items.forEach(tick), 60000);
    shadowRoot.replaceChildren(root);
    dim();
    enqueue(read);

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
        settings = page.form;
        ({ open } = page.thread);
        tell(!open && "closed");
        if (open) {
          if (!form) buildForm();
          stand();
        }
        items.clear();
        list.replaceChildren();
        tally(page.thread.count);
        extend(page, trunk);
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
      plain.href = base + "/sites/" + site + threadPath();
      plain.hidden = again.hidden = !failed;
    }

    function tally(n) {
      const exact = "comments_" + (n && plurals.select(n));
      total = n;
      heading.textContent = say(exact in words ? exact : "comments_other", { n: n.toLocaleString(lang) });
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
      return added;
    }

    /* Load more of the thread or of one branch; return what is new, undefined where there was no answer. */
    function loadMore(owner) {
      return enqueue(async () => {
        try {
          return owner.next && extend(await askPage(owner.next), owner);
        } catch {
          announce("no_answer");
        }
      });
    }

    /* Do what changes the list after what does so already. */
    function enqueue(job) {
      return (queue = queue.then(job));
    }

    /* Ask what became of own comments that the page does not hold, and show them to their author. */
    function recall() {
      const unclear = own.read([]).filter(
        (one) => one.thread === thread && (one.held || (!one.approved && !items.has(one.id))),
      );
      return Promise.all(unclear.map(async (one) => {
        try {
          const { comment } = await call("/comments/" + one.id, one);
          if (comment.state === "deleted") keepOwn(one.id);
          // It stands on a later page.
          else if (isApproved(comment) && !items.has(one.id)) keepOwn(one.id, { ...one, approved: true });
          else put(comment, one);
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
      shown.receipt.href = base + "/r/" + site + "/" + mine?.receipt;
      identicon(shown.avatar, author.avatar);
      fill(shown.body, comment.html);
      keepOnly(shown, {
        badge: author.badge,
        you: mine,
        to: comment.parent && (item.flat || parent === trunk),
        edited: comment.edited,
        state: held_edit || !approved,
        reply: approved && open,
        edit: mine && (approved || pending),
        ask: mine,
        receipt: mine,
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

    /* Ask the service about an own comment; return undefined after saying why it refused. */
    async function callFor({ mine, article }, method, body) {
      try {
        return await call("/comments/" + mine.id, { method, body, receipt: mine.receipt });
      } catch (error) {
        article.lastChild.textContent = explain(error, "no_answer");
      }
    }

    /* What the buttons do, by their class. */
    const acts = {
      again: order.onchange,
      preview,

      /* The button may be gone or far below then: go on where the new comments begin. */
      async more(owner) {
        const added = await loadMore(owner);
        if (added?.[0]) items.get(added[0].id).article.focus({ preventScroll: true });
      },

      reply(item) {
        stand(item);
        keep();
        text.focus();
      },

      /* Stand below the list again, with all that is typed. */
      back() {
        const { article } = answered;
        stand();
        keep();
        article.querySelector(".reply").focus();
      },

      /* Put a form in the place of the text; the text as the author wrote it comes from the service. */
      async edit(item) {
        const answer = await callFor(item, "GET");
        if (!answer) return;
        const { editor, area } = view(EDIT);
        area.value = answer.comment.body;
        editor.onsubmit = async (event) => {
          event.preventDefault();
          const answer = await callFor(item, "PATCH", { body: area.value });
          if (!answer) return;
          editor.remove();
          put(answer.comment, item.mine).edit.focus();
          announce(answer.comment.held_edit ? "held_edit" : "saved");
        };
        item.article.querySelector(".body").replaceWith(editor);
        item.edit.parentNode.remove();
        area.focus();
      },

      ask({ article }) {
        const { acts, cancel } = view(ASK);
        article.querySelector(".acts").replaceWith(acts);
        cancel.focus();
      },

      cancel(item) {
        const from = item.article.querySelector("form") ? ".edit" : ".ask";
        draw(item);
        item.article.querySelector(from).focus();
      },

      /* Delete an own comment; replies stay, under a tombstone. */
      async withdraw(item) {
        const { comment, mine, node } = item;
        if (!(await callFor(item, "DELETE"))) return;
        keepOwn(mine.id);
        if (isApproved(comment)) tally(total - 1);
        if (answered === item) stand();
        if ([...items.values()].some(({ parent }) => parent === item)) {
          item.comment = { ...comment, author: null };
          draw(item);
          item.article.focus();
        } else {
          node.remove();
          items.delete(mine.id);
          heading.focus();
        }
        announce("deleted");
      },
    };

    // -- the form: one, which stands below the list or under the comment that it answers

    let form;
    let parts;
    let text;
    let inputs;
    let remember;
    let answered;
    let sending;
    // One for one comment, however often it is sent.
    let key;

    function buildForm() {
      const { email, website, consent, privacy, held } = settings;
      const known = me.read();
      parts = view(FORM);
      ({ form } = parts);
      ({ body: text, remember } = form.elements);
      parts.terms.textContent = consent + " *";
      parts.privacy.href = privacy;
      keepOnly(parts, { site: website, assent: consent, privacy: isWeb(privacy), held });
      form.elements.email.required = email === "required";
      inputs = {};
      for (const input of form.querySelectorAll("[aria-describedby]")) {
        inputs[input.id] = input;
        if (input.required) form.querySelector("[for=" + input.id + "]")?.append(" *");
        if (known?.[input.id]) input.value = known[input.id];
      }
      remember.checked = known;
      remember.onchange = introduce;
      form.onsubmit = submit;
      form.onkeydown = ({ key, isComposing }) => {
        // Nothing typed is lost by it: the form goes back with all that it holds.
        if (key === "Escape" && answered && !isComposing) acts.back();
      };
      form.oninput = ({ target }) => {
        if (target.id in inputs) mark(target, "");
        keep();
      };
    }

    /* Stand under a comment, or below the list. */
    function stand(item) {
      answered = item;
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
      key = sent;
      if (body) text.value ||= body;
      if (item?.article.querySelector(".reply")) stand(item);
    }

    function keep() {
      const { body } = typed();
      draft.write(body && { body, parent: answered?.comment.id, key });
    }

    /* Keep name, email and website in this browser, or forget them, as the box says. */
    function introduce() {
      const { name, email, website } = typed();
      me.write(remember.checked && { name, email, website });
    }

    async function preview() {
      if (text.hidden) {
        peek(false);
        text.focus();
      } else if (!isWrong({ body: text })) {
        try {
          const { html } = await call("/preview", { method: "POST", body: { body: text.value } });
          fill(parts.sample, html);
          peek(true);
        } catch (error) {
          blame(error, "no_answer");
        }
      }
    }

    /* Show the text as it will look, or as it is written. */
    function peek(on) {
      parts.sample.hidden = !on;
      text.hidden = on;
      parts.preview.textContent = say(on ? "write" : "preview");
    }

    /* Find what is missing before it is sent; say it, and return whether something is. */
    function isWrong(inputs) {
      const errors = [];
      for (const field in inputs) {
        if (inputs[field].validity.valueMissing) errors.push({ field, code: "empty" });
      }
      blame({ errors });
      return errors[0];
    }

    function mark(input, words) {
      input.setAttribute("aria-invalid", !!words);
      input.closest(".field").lastChild.textContent = words;
    }

    /* Say what is wrong: beside the fields that are, or else below the button. */
    function blame(error, lost) {
      const errors = error.errors?.filter(({ field }) => field in inputs) || [];
      parts.trouble.textContent = errors[0] ? "" : explain(error, lost);
      if (!errors[0]) return;
      errors.forEach((one) => mark(inputs[one.field], refusal(one)));
      peek(false);
      inputs[errors[0].field].focus();
    }

    async function submit(event) {
      event.preventDefault();
      if (sending || isWrong(inputs)) return;
      let next = "post";
      sending = true;
      parts.submit.textContent = say("posting");
      try {
        accept(await send());
      } catch (error) {
        // What was refused was not kept, so that the next try is another comment.
        if (error.status < 500 && error.status !== 429) key = undefined;
        else next = "again";
        blame(error, "offline");
      }
      sending = false;
      parts.submit.textContent = say(next);
      keep();
    }

    /* Send what is typed, once: a repeat has the key of the first try, by which the service knows it. */
    function send() {
      const { name, email, website, body } = typed();
      const parent = answered?.comment.id;
      // A known author is known by these; the service takes five.
      const receipts = own.read([]).filter((one) => one.approved).map((one) => one.receipt).slice(0, 5);
      key ||= crypto.getRandomValues(new Uint32Array(9)).join("-");
      keep();
      const sent = { url, id, title, parent, name, email, website, body, receipts };
      return call("/comments", { method: "POST", body: sent, key });
    }

    function accept({ comment, receipt }) {
      const { id, created, state } = comment;
      if (remember.checked) introduce();
      key = undefined;
      text.value = "";
      peek(false);
      stand();
      if (isApproved(comment) && !items.has(id)) tally(total + 1);
      put(comment, { id, receipt, created, thread }).article.focus();
      announce(state);
    }

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
    for (const candidate of [option, canonical, location.href].filter(Boolean)) {
      try {
        const url = new URL(candidate, document.baseURI);
        url.hash = "";
        for (const name of [...url.searchParams.keys()]) {
          if (/^(utm_.*|fbclid|gclid)$/.test(name)) url.searchParams.delete(name);
        }
        return url.href;
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
