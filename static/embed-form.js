/* commentsvc: what a reader does to a thread: sending, preview, editing, deleting. embed.js loads it when the form is
 * first touched, and gives it the object `thread` of openThread(). */

const STRINGS = {
  en: {
    approved: "Your comment was posted.",
    saved: "Your change was saved.",
    deleted: "Your comment was deleted.",
    your_comment: "Your comment",
    save: "Save",
    cancel: "Cancel",
    ask: "Delete this comment?",
    keep: "Keep",
    write: "Write",
    posting: "Posting…",
    // Refusals: by field and code, or by status; what is not here is said in the server's words.
    "body.empty": "Please write a comment.",
    "name.empty": "Please enter your name.",
    "email.empty": "Please enter your email address.",
    "consent.empty": "Please tick this box.",
    "Idempotency-Key.reused": "Your earlier text has arrived. Post again to send this one, too.",
    offline: "The comment could not be sent. Your text is safe; try again.",
    429: "That was a little fast. Your text is safe; try again {when}.",
    503: "The service is busy. Your text is safe; try again {when}.",
  },
};

const ASK = `<div class="acts"><span role="alert">ask</span><button class="withdraw">delete</button>
<button class="cancel">keep</button></div>`;

const EDIT = `<form class="editor"><label><span class="status">your_comment</span>
<textarea class="area" dir="auto"></textarea></label>
<div class="acts"><button class="save">save</button><button class="cancel">cancel</button></div></form>`;

// So many hashes are asked of the browser at once.
const BATCH = 500;

/* Return what buttons do with a thread, by their class, and what its form does when it is sent. */
export function open(thread) {
  const { url, id, items, own, words, isApproved } = thread;
  const { call, say, distance, view, fill, mark, announce, tally, put, draw, stand, keep, keepOwn } = thread;
  let sending;
  let opened;
  const trap = setTrap(thread.parts.form);

  thread.learn(STRINGS);
  getReady();

  // -- refusals

  /* Say in words why there is no answer, or why the service refused. */
  function explain({ status, errors, detail, wait }, lost) {
    if (errors) return errors.map(refusal).join(" ");
    return status in words ? say(status, { when: distance(wait) }) : detail || say(lost);
  }

  /* Say what is wrong with a field. */
  function refusal({ field, code, message }) {
    return words[field + "." + code] || message;
  }

  // -- own comments

  /* Ask the service about an own comment; return undefined after saying why it refused. */
  async function callFor({ mine, article }, method, body) {
    try {
      return await call("/comments/" + mine.id, { method, body, receipt: mine.receipt });
    } catch (error) {
      article.lastChild.textContent = explain(error, "no_answer");
    }
  }

  /* Put a form in the place of the text; the text as the author wrote it comes from the service. */
  async function edit(item) {
    const answer = await callFor(item, "GET");
    const text = item.article.querySelector(".acts ~ .error") && item.article.querySelector(".body");
    // Nothing to do where there is no answer, or where a second press was faster.
    if (!answer || !text) return;
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
    text.replaceWith(editor);
    item.edit.parentNode.remove();
    area.focus();
  }

  function ask({ article }) {
    const { acts, cancel } = view(ASK);
    article.querySelector(".acts").replaceWith(acts);
    cancel.focus();
  }

  function cancel(item) {
    const from = item.article.querySelector("form") ? ".edit" : ".ask";
    draw(item);
    item.article.querySelector(from).focus();
  }

  /* Delete an own comment; replies stay, under a tombstone. */
  async function withdraw(item) {
    const { comment, mine, node } = item;
    if (!(await callFor(item, "DELETE"))) return;
    keepOwn(mine.id);
    if (isApproved(comment)) tally(thread.total - 1);
    if (thread.answered === item) stand();
    if ([...items.values()].some(({ parent }) => parent === item)) {
      item.comment = { ...comment, author: null };
      draw(item);
      item.article.focus();
    } else {
      // The reader goes on where it was, and not at the top of a long thread.
      const near = item.parent.article || node.previousSibling?.item?.article || thread.heading;
      node.remove();
      items.delete(mine.id);
      near.focus();
    }
    announce("deleted");
  }

  // -- the form

  async function preview() {
    const { body } = thread.inputs;
    if (body.hidden) {
      peek(false);
      body.focus();
    } else if (!isWrong({ body })) {
      try {
        const { html } = await call("/preview", { method: "POST", body: { body: body.value } });
        fill(thread.parts.sample, html);
        peek(true);
      } catch (error) {
        blame(error, "no_answer");
      }
    }
  }

  /* Show the text as it will look, or as it is written. */
  function peek(on) {
    const { parts, inputs } = thread;
    parts.sample.hidden = !on;
    inputs.body.hidden = on;
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

  /* Say what is wrong: beside the fields that are, or else below the button. */
  function blame(error, lost) {
    const { parts, inputs } = thread;
    const errors = error.errors?.filter(({ field }) => field in inputs) || [];
    parts.trouble.textContent = errors[0] ? "" : explain(error, lost);
    if (!errors[0]) return;
    errors.forEach((one) => mark(inputs[one.field], refusal(one)));
    peek(false);
    inputs[errors[0].field].focus();
  }

  async function send() {
    const { submit } = thread.parts;
    if (sending || isWrong(thread.inputs)) return;
    let next = "post";
    sending = true;
    submit.textContent = say("posting");
    try {
      accept(await post());
    } catch (error) {
      // What was refused was not kept, so that the next try is another comment.
      if (error.status < 500 && error.status !== 429) thread.key = undefined;
      else next = "again";
      blame(error, "offline");
    }
    // What was sent along is good for one time.
    getReady();
    sending = false;
    submit.textContent = say(next);
    keep();
  }

  /* Ask for the token that tells how long the form was open, and for the work that may be wanted. */
  function getReady() {
    const article = new URLSearchParams(id ? { url, id } : { url });
    // Without an answer the comment goes as it is: then the worst is that it waits for a moderator.
    const answer = call("/form?" + article).catch(() => ({}));
    opened = { since: Date.now(), answer };
  }

  /* Return what shows that a person sends this from here; do the work only where the comment would be held else. */
  async function evidence() {
    let { since, answer } = opened;
    let form = await soon(answer);
    if (Date.now() - since > form.lasts * 1000) {
      getReady();
      ({ since, answer } = opened);
      form = await soon(answer);
    }
    const hurried = Date.now() - since < (form.wait + 1) * 1000;
    const proof = form.challenge && (form.needed || hurried) && (await solve(form.challenge));
    return { token: form.token, proof: proof || undefined };
  }

  /* Post what is typed, once: a repeat has the key of the first try, by which the service knows it. */
  async function post() {
    const { title } = thread;
    const { name, email, website, body } = thread.typed();
    const parent = thread.answered?.comment.id;
    // A known author is known by these; the service takes five.
    const receipts = own.read([]).filter((one) => one.approved).map((one) => one.receipt).slice(0, 5);
    thread.key ||= crypto.getRandomValues(new Uint32Array(9)).join("-");
    keep();
    const notify = thread.parts.form.elements.notify?.checked;
    const subject = trap.value;
    const sent = { url, id, title, parent, name, email, website, body, receipts, notify, subject };
    Object.assign(sent, await evidence());
    return call("/comments", { method: "POST", body: sent, key: thread.key });
  }

  function accept({ comment, receipt }) {
    const { id, created, state } = comment;
    thread.introduce();
    thread.key = undefined;
    thread.inputs.body.value = "";
    peek(false);
    stand();
    if (isApproved(comment) && !items.has(id)) tally(thread.total + 1);
    put(comment, { id, receipt, created, thread: thread.article }).article.focus();
    announce(state);
  }

  return { preview, edit, ask, cancel, withdraw, send };
}

/* Put a field into a form that no person sees or hears of. Programs that fill in whatever there is give themselves
 * away. */
function setTrap(form) {
  const trap = document.createElement("input");
  Object.assign(trap, { name: "subject", autocomplete: "off", tabIndex: -1, ariaHidden: true });
  // By the object model, since a page's policy may forbid styles in markup.
  const nothing = { width: "1px", height: "1px", padding: 0, border: 0 };
  Object.assign(trap.style, { position: "absolute", clipPath: "inset(50%)", ...nothing });
  form.append(trap);
  return trap;
}

/* Return an answer, or nothing of it if it takes too long: nobody waits for this. */
function soon(answer) {
  return Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 5000, {}))]);
}

/* Find the number that a challenge asks for. Browsers hash on threads of their own, so that the page goes on meanwhile;
 * a Worker of ours could not start from another origin, and one from a blob is what a strict policy forbids. Without
 * https there are no hashes, and so no answer. */
async function solve({ algorithm, challenge, salt, signature, maxnumber }) {
  const { subtle } = crypto;
  const encoder = new TextEncoder();
  const wanted = parseInt(challenge.slice(0, 8), 16);
  for (let from = 0; subtle && from <= maxnumber; from += BATCH) {
    const numbers = Array.from({ length: BATCH }, (_, place) => from + place);
    const tried = await Promise.all(numbers.map((number) => subtle.digest(algorithm, encoder.encode(salt + number))));
    const found = tried.findIndex((digest) => new DataView(digest).getUint32() === wanted);
    if (found >= 0) {
      return btoa(JSON.stringify({ algorithm, challenge, number: numbers[found], salt, signature }));
    }
  }
}
