/* commentsvc: a reader reports a comment to the moderators. embed.js loads it when Report is first pressed, and gives it
 * the object `thread` of openThread(). */

const STRINGS = {
  en: {
    report_why: "What is wrong with it?",
    report_choose: "Please choose",
    report_spam: "Spam or advertising",
    report_insult: "Insult or harassment",
    report_hate: "Hate against a group of people",
    "report_off-topic": "Off topic",
    "report_personal-data": "Personal data of somebody",
    report_illegal: "Illegal content",
    report_other: "Something else",
    report_more: "More about it, if you like",
    report_send: "Send report",
    report_cancel: "Cancel",
    report_law: "Is it against the law? You can give notice of it, and hear what is decided.",
    report_thanks: "Thank you. A moderator will look at this comment.",
    report_gone: "This comment is not shown any more.",
    report_wait: "That was a little fast. Try again {when}.",
  },
};

const REASONS = ["spam", "insult", "hate", "off-topic", "personal-data", "illegal", "other"];

const REPORT = `<form class="editor" novalidate><label><span>report_why</span>
<select class="why"><option value="">report_choose</option>
${REASONS.map((reason) => `<option value="${reason}">report_${reason}</option>`).join("")}</select></label>
<label><span>report_more</span><textarea class="area" dir="auto" maxlength="1000"></textarea></label>
<p class="note"><a class="law" target="_blank" rel="noopener">report_law</a></p><p class="error" role="alert"></p>
<div class="acts"><button class="save">report_send</button><button class="drop">report_cancel</button></div></form>`;

// What embed.css has no need of before.
const STYLE = `.editor > * { display: block; margin-top: 8px; } .editor > .acts { display: flex; }
.why { display: block; width: 100%; min-height: 44px; margin-top: 4px; padding: 8px; font-size: 1.143em;
background: color-mix(in srgb, Field 50%, transparent); border: 1px solid var(--edge); }
.why option { color: FieldText; background: Field; }`;

const sheet = new CSSStyleSheet();
sheet.replaceSync(STYLE);

/* Return what the button does with a comment. */
export function open(thread) {
  const { call, say, view, announce, distance } = thread;
  const base = new URL(".", import.meta.url).href;
  const shadow = thread.root.getRootNode();

  thread.learn(STRINGS);
  if (!shadow.adoptedStyleSheets.includes(sheet)) shadow.adoptedStyleSheets = [...shadow.adoptedStyleSheets, sheet];

  /* Put the form below the comment's text, in the place of its buttons. */
  function complain({ article, comment }) {
    const acts = article.querySelector(".acts");
    if (!acts || article.querySelector("form")) return;
    const { editor, why, area, law, error, drop } = view(REPORT);
    law.href = base + "sites/" + encodeURIComponent(thread.dataset.site) + "/notice?comment=" + comment.id;
    editor.onsubmit = async (event) => {
      event.preventDefault();
      error.textContent = why.value ? "" : say("report_choose");
      if (!why.value) return why.focus();
      try {
        const body = { reason: why.value, text: area.value };
        await call("/comments/" + comment.id + "/reports", { method: "POST", body });
        const thanks = document.createElement("span");
        thanks.textContent = say("report_thanks");
        acts.querySelector(".report").replaceWith(thanks);
        editor.replaceWith(acts);
        announce("report_thanks");
        article.focus();
      } catch (refusal) {
        error.textContent = explain(refusal);
      }
    };
    drop.onclick = () => {
      editor.replaceWith(acts);
      acts.querySelector(".report").focus();
    };
    acts.replaceWith(editor);
    why.focus();
  }

  function explain({ status, errors, detail, wait }) {
    if (status === 404) return say("report_gone");
    if (status === 429) return say("report_wait", { when: distance(wait) });
    return errors ? errors.map(({ message }) => message).join(" ") : detail || say("no_answer");
  }

  return { complain };
}
