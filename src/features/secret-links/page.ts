// The page of a secret link: the same for every address, complete in one answer, with a script of its own.
import { type Html, html, htmlPage } from '#http/html.ts';
import * as crypto from './browser-crypto.ts';
import * as giving from './page-giving.ts';
import * as script from './page-script.ts';
import * as begin from './page-start.ts';

/** The functions' own text: Node has taken the types out of it already. */
const source: Html = {
  markup: [crypto, script, giving, begin]
    .flatMap((part) => Object.values(part))
    .map(String)
    .join('\n'),
};

export function secretLinkPage(nonce: string): string {
  return htmlPage(nonce, {
    title: 'A secret for you',
    body: html`<div id="secret" aria-live="polite">
<h1>A secret for you</h1>
<p class="quiet" id="wait" hidden>One moment …</p>
<noscript><p class="bad">This page decrypts the secret in your browser, for which it needs JavaScript.
 Allow it for this page and load it again. Nothing was shown or used up.</p></noscript>
</div>
<script nonce="${nonce}" type="module">
${source}
start();
</script>
<style nonce="${nonce}">${style}</style>`,
  });
}

const style: Html = {
  markup: `
#secret { overflow-wrap: anywhere; }
#secret > :last-child { margin-bottom: 0; }
#secret h1:focus { outline: none; }
textarea { width: 100%; min-height: 9rem; padding: .6rem .7rem; font: inherit; color: inherit;
  background: transparent; border: 1px solid var(--line); border-radius: 6px; resize: vertical; }
textarea:focus-visible, pre:focus-visible { outline: 3px solid var(--accent); outline-offset: 1px; }
pre.value { margin: 0; padding: .9rem 1rem; border: 1px solid var(--line); border-radius: 6px;
  background: var(--ground); font: 1rem/1.5 ui-monospace, "SF Mono", Menlo, Consolas,
  "Liberation Mono", monospace; white-space: pre-wrap; max-height: 50vh; overflow: auto; }
button.plain { color: var(--accent); background: transparent; border: 1px solid var(--line);
  margin-top: .75rem; }
button[disabled] { opacity: .6; cursor: default; }
input[type=file] { padding: .45rem; }
::file-selector-button { margin-right: .7rem; padding: .35rem .7rem; font: inherit; color: var(--accent);
  background: transparent; border: 1px solid var(--line); border-radius: 6px; cursor: pointer; }
progress { width: 100%; margin-top: 1rem; accent-color: var(--key); }
.fine { font-size: .9rem; }
[hidden] { display: none; }
`,
};
