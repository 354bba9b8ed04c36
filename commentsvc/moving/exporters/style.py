"""The one style of exported pages: readable on any screen, in light and dark, and on paper."""

STYLE = """\
:root { color-scheme: light dark; --line: #d0d4da; --soft: #59636e; --mark: #fff4cc; }
body { margin: 0; font: 1.05rem/1.6 system-ui, sans-serif; background: Canvas; color: CanvasText; }
main { max-width: 44rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0.5rem 0 1rem; }
.meta, .gone { color: var(--soft); font-size: 0.9rem; }
.gone { font-style: italic; }
.threads { padding: 0; list-style: none; }
.threads li { padding: 0.6rem 0; border-top: 1px solid var(--line); }
.comment { padding: 0.9rem 0; border-top: 1px solid var(--line); }
.comment:target { background: var(--mark); }
.depth-1 { margin-inline-start: 1rem; }
.depth-2 { margin-inline-start: 2rem; }
.depth-3 { margin-inline-start: 3rem; }
.depth-4 { margin-inline-start: 4rem; }
.depth-5 { margin-inline-start: 5rem; }
.depth-6 { margin-inline-start: 6rem; }
.by { margin: 0 0 0.4rem; font-weight: 600; }
.by .meta { font-weight: 400; }
.badge { border: 1px solid; border-radius: 0.5rem; padding: 0 0.4rem; font-size: 0.8rem; }
.text > :first-child { margin-top: 0; }
.text > :last-child { margin-bottom: 0; }
pre { white-space: pre-wrap; padding: 0.6rem; border: 1px solid var(--line); }
blockquote { margin-inline: 0; padding-inline-start: 1rem; border-inline-start: 3px solid var(--line); }
table { border-collapse: collapse; }
th, td { border: 1px solid var(--line); padding: 0.2rem 0.5rem; }
@media (prefers-color-scheme: dark) { :root { --line: #3a4149; --soft: #a3adb8; --mark: #3d3512; } }
@media (max-width: 32rem) { [class*="depth-"] { margin-inline-start: 0.8rem; } .depth-0 { margin: 0; } }
"""
