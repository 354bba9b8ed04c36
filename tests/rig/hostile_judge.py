"""What a real browser finds in documents and pieces of HTML that must not be there.

Judged is what comes out, after the browser's own parsing: whatever could run, load, or lead elsewhere by itself, and in
comments whatever stands outside the allow list.
"""

from typing import Any

from playwright.sync_api import Page

DIR = ["dir"]
ALLOWED: dict[str, list[str]] = {
    **dict.fromkeys(("p", "pre", "blockquote", "ul", "li", "h3", "h4", "h5", "h6", "table"), DIR),
    **{name: [] for name in ("br", "strong", "em", "del", "hr", "thead", "tbody", "tr")},
    "ol": ["start", "dir"],
    "a": ["href", "rel", "title"],
    "code": ["class"],
    "th": ["align", "dir"],
    "td": ["align", "dir"],
}

# `within` looks at a comment's HTML, `page` at a whole document of ours with all shadow trees.
JUDGE = """
({kind, texts, ours}) => {
  const allowed = ALLOWED;
  const LOADS = ["src", "srcset", "data", "poster", "action", "formaction", "background", "xlink:href",
    "ping", "srcdoc"];
  const NEVER = ["iframe", "frame", "object", "embed", "applet", "base", "math", "video", "audio", "portal", "marquee",
    "foreignobject", "animate", "set", "image", "noscript", "template", "xmp", "plaintext"];
  const target = (value, base) => { try { return new URL(value, base); } catch { return null; } };
  function within(root, faults) {
    for (const node of root.querySelectorAll("*")) {
      const name = node.localName;
      if (!Object.hasOwn(allowed, name)) { faults.push(name); continue; }
      for (const attribute of node.attributes)
        if (!allowed[name].includes(attribute.name)) faults.push(name + "." + attribute.name);
      if (name === "a" && node.hasAttribute("href")) {
        const to = target(node.getAttribute("href"), "about:blank");
        if (!to || !["http:", "https:", "mailto:"].includes(to.protocol)) faults.push("leads to " + node.outerHTML);
        if (node.rel !== "nofollow ugc noopener") faults.push("rel " + node.rel);
      }
    }
  }
  function page(root, faults, inShadow) {
    for (const node of root.querySelectorAll("*")) {
      const name = node.localName;
      if (NEVER.includes(name)) faults.push(name + " in a page");
      if (name === "style" && !inShadow && kind !== "letter" && kind !== "export") faults.push("inline style");
      if (name === "script" && !(node.src || "").startsWith(ours) && node.type !== "application/json")
        faults.push("script " + node.outerHTML.slice(0, 80));
      if (name === "meta" && node.httpEquiv && !/content-security-policy/i.test(node.httpEquiv))
        faults.push("meta " + node.outerHTML);
      if (name === "link" && node.rel !== "alternate" && !["canonical", "next", "prev"].includes(node.rel)) {
        const to = target(node.getAttribute("href"), ours);
        if (!to || to.origin !== new URL(ours).origin) faults.push("link " + node.outerHTML);
      }
      for (const {name: attribute, value} of node.attributes) {
        if (attribute.startsWith("on")) faults.push(name + "." + attribute);
        if (attribute === "style" && !inShadow && kind !== "letter") faults.push(name + ".style");
        if (LOADS.includes(attribute) && value && attribute !== "ping") {
          const to = target(value, ours);
          if (attribute === "srcdoc" || !to || (to.origin !== new URL(ours).origin && to.protocol !== "data:"))
            faults.push("loads " + name + " " + attribute + "=" + value.slice(0, 80));
        }
        if (attribute === "href" && name !== "link") {
          const to = target(value, ours);
          if (to && !["http:", "https:", "mailto:"].includes(to.protocol))
            faults.push("leads to " + value.slice(0, 80));
        }
      }
      if (node.matches(".written, .body:not(body)") && (inShadow || node.matches(".written"))) within(node, faults);
      if (node.shadowRoot) page(node.shadowRoot, faults, true);
    }
  }
  if (kind === "live") {
    const faults = [];
    page(document, faults, false);
    return faults.length ? [["page", faults]] : [];
  }
  return texts.map((text) => {
    const faults = [];
    if (kind === "xml") {
      const parsed = new DOMParser().parseFromString(text, "application/xml");
      const error = parsed.querySelector("parsererror");
      if (error) faults.push("no XML: " + error.textContent);
      return [text, faults];
    }
    if (kind === "comment") {
      const parsed = new DOMParser().parseFromString("<body>", "text/html");
      parsed.body.innerHTML = text;
      within(parsed.body, faults);
      if (parsed.body.innerHTML !== text) faults.push("changes when read again");
    } else page(new DOMParser().parseFromString(text, "text/html"), faults, false);
    return [text, faults];
  }).filter(([, faults]) => faults.length);
}
""".replace("ALLOWED", repr(ALLOWED))


def judge(page: Page, kind: str, texts: list[str], ours: str) -> list[Any]:
    """Return what is found in pieces of a kind: comment, page, letter, export or xml; each with its faults."""
    found = page.evaluate(JUDGE, {"kind": kind, "texts": texts, "ours": ours})
    return [(text[:200], faults) for text, faults in found if faults]


def judge_open(page: Page, ours: str) -> list[Any]:
    """Return what is found in the page that is open."""
    return page.evaluate(JUDGE, {"kind": "live", "texts": [], "ours": ours})
