// HTML that escapes by default: html`<p>${text}</p>` is safe, whatever the text holds.

/** Markup that may stand in a page as it is. Made by `html` alone. */
export type Html = { readonly markup: string };

type Part = string | number | Html | readonly Html[] | undefined | false;

export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return { markup: texts.reduce((sum, text, index) => sum + rendered(parts[index - 1]) + text) };
}

function rendered(part: Part): string {
  if (part === undefined || part === false) return '';
  if (typeof part === 'string' || typeof part === 'number') return escapeHtml(String(part));
  return 'markup' in part ? part.markup : part.map(({ markup }) => markup).join('');
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** A whole page in the product's calm style: one column, no script unless the body brings one. */
export function htmlPage(
  nonce: string,
  page: {
    readonly title: string;
    readonly body: Html;
    /** Beside the calm style. */
    readonly style?: Html | undefined;
    readonly refreshTo?: string;
    readonly refreshSeconds?: number;
  },
): string {
  const refresh =
    page.refreshTo === undefined
      ? undefined
      : html`<meta http-equiv="refresh" content="${page.refreshSeconds ?? 0};url=${page.refreshTo}">`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${page.title} · Sundog</title>
<link rel="icon" href="data:,">
${refresh}
<style nonce="${nonce}">${calmStyle}${page.style}</style>
</head>
<body>
<main>
<p class="brand">${mark}Sundog</p>
${page.body}
</main>
</body>
</html>
`.markup;
}

/** The sun between its two dogs, as in the console. */
const mark: Html = {
  markup: `<svg viewBox="0 0 32 32" width="24" height="24" aria-hidden="true" class="mark">
<circle cx="16" cy="16" r="12.5" fill="none" stroke="#8c9eff" stroke-width="1.6"/>
<circle cx="16" cy="16" r="4.6" fill="#f6b73c"/><circle cx="28.2" cy="16" r="2.6" fill="#3b5bdb"/>
<circle cx="3.8" cy="16" r="2.6" fill="#3b5bdb"/></svg>`,
};

/** Our own text, without a character that HTML would need escaped. */
const calmStyle: Html = {
  markup: `
:root { --ink: #1f2430; --quiet: #5c6475; --line: #d5d9e2; --ground: #f7f8fa; --paper: #fff;
  --accent: #3b5bdb; --key: #3b5bdb; --bad: #b42318; --good: #2b8a3e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8eaf0; --quiet: #a2a9b8; --line: #3a4150;
  --ground: #1a1b1e; --paper: #242424; --accent: #91a7ff; --bad: #ff8a7a; --good: #69db7c; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink);
  font: 16px/1.5 -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial,
  sans-serif; }
main { width: calc(100% - 2rem); max-width: 26rem; margin: 12vh auto 2rem; padding: 2rem;
  background: var(--paper); border: 1px solid var(--line); border-radius: 10px; }
main:has(table) { max-width: 64rem; margin-top: 2rem; }
.brand { display: flex; align-items: center; gap: .6rem; margin: 0 0 1.5rem;
  font-weight: 600; }
h1 { font-size: 1.35rem; margin: 0 0 1rem; font-weight: 600; }
h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; font-weight: 600; }
label { display: block; margin: 1rem 0 .25rem; font-weight: 600; }
input { width: 100%; padding: .6rem .7rem; font: inherit; color: inherit; background: transparent;
  border: 1px solid var(--line); border-radius: 6px; }
select { width: 100%; padding: .6rem .5rem; font: inherit; color: inherit; background: var(--paper);
  border: 1px solid var(--line); border-radius: 6px; }
ul { margin: 0 0 1rem; padding-left: 1.2rem; }
fieldset { margin: 1.25rem 0 0; padding: 0 0 .25rem; border: 0; }
legend { padding: 0; font-weight: 600; color: var(--quiet); }
fieldset label { margin-top: .5rem; }
.choice { display: flex; gap: .6rem; align-items: baseline; margin: .6rem 0; font-weight: 400; }
.choice input { width: auto; flex: none; }
.second { background: transparent; color: var(--accent); border: 1px solid var(--line); }
svg[role=img] { display: block; margin: 1rem auto; max-width: 100%; border-radius: 6px; }
.good { margin: 0 0 1rem; padding: .7rem .9rem; border-left: 4px solid var(--good);
  background: var(--ground); }
select:focus-visible, input:focus-visible, button:focus-visible, a:focus-visible { outline: 3px solid var(--accent);
  outline-offset: 1px; }
button { margin-top: 1.5rem; width: 100%; padding: .65rem; font: inherit; font-weight: 600;
  color: #fff; background: var(--key); border: 0; border-radius: 6px; cursor: pointer; }
a { color: var(--accent); }
.quiet { color: var(--quiet); }
.bad { margin: 0 0 1rem; padding: .7rem .9rem; border-left: 4px solid var(--bad);
  background: var(--ground); }
table { border-collapse: collapse; width: 100%; }
td, th { padding: .35rem .8rem .35rem 0; text-align: left; vertical-align: top;
  border-bottom: 1px solid var(--line); }
code { font-size: .9em; overflow-wrap: anywhere; }
`,
};
