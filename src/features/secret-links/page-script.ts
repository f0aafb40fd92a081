// What the reader of /s/{id} sees and does. Like browser-crypto.ts it is sent as the functions' own text: nothing here
// may use what is not among them, in browser-crypto.ts, or in a browser. The key in the fragment stays here.
import { boundTo, contentKey, decrypt, fromBase64, keysOf } from './browser-crypto.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** As much of the browser's document as is used: the hub is compiled without one. */
type Node = {
  id: string;
  className: string;
  textContent: string | null;
  hidden: boolean;
  disabled: boolean;
  value: string;
  href: string;
  download: string;
  max: number;
  tabIndex: number;
  readonly files?: ArrayLike<File>;
  append(...nodes: readonly (Node | string)[]): void;
  replaceChildren(...nodes: readonly Node[]): void;
  setAttribute(name: string, value: string): void;
  addEventListener(event: string, listener: (event: { preventDefault(): void }) => void): void;
  focus(): void;
  click(): void;
  remove(): void;
};
declare const document: {
  title: string;
  createElement(name: string): Node;
  getElementById(id: string): Node | null;
};
declare const location: { readonly pathname: string; readonly hash: string };
declare const history: { replaceState(state: unknown, title: string, url: string): void };

export type Link = { readonly token: string; readonly fragment: Bytes };
export type Looked = {
  readonly mode: 'read' | 'give';
  readonly sender: string;
  readonly passphrase?: boolean;
  readonly expiresAt: string | null;
  readonly left?: number | null;
  readonly fileBytesMax?: number;
  readonly partBytes?: number;
};
type Answer = { readonly ok: boolean; readonly status: number; readonly body: Said };
type Said = {
  readonly code?: string;
  readonly detail?: string;
  readonly content?: string;
  readonly parts?: number;
  readonly pass?: string | null;
  readonly left?: number;
};
type Plain = {
  readonly text?: string;
  readonly file?: { readonly name: string; readonly type: string; readonly size: number };
};

export async function ask(link: Link, what: string, said: unknown): Promise<Answer> {
  const response = await fetch(`/s/${link.token}/${what}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(said),
    cache: 'no-store',
  });
  const text = await response.text();
  return { ok: response.ok, status: response.status, body: text === '' ? {} : JSON.parse(text) };
}

export function element(name: string, text = '', className = ''): Node {
  const made = document.createElement(name);
  if (text !== '') made.textContent = text;
  if (className !== '') made.className = className;
  return made;
}

export function say(text: string, className = ''): Node {
  return element('p', text, className);
}

export function button(text: string, work: () => Promise<void> | void, className = ''): Node {
  const made = element('button', text, className);
  made.setAttribute('type', 'button');
  made.addEventListener('click', () => {
    made.disabled = true;
    void Promise.resolve(work())
      .catch(showLost)
      .finally(() => {
        made.disabled = false;
      });
  });
  return made;
}

export function show(title: string, nodes: readonly Node[]): void {
  const heading = element('h1', title);
  heading.tabIndex = -1;
  document.getElementById('secret')?.replaceChildren(heading, ...nodes);
  document.title = `${title} · Sundog`;
  heading.focus();
}

export function showRefusal(answer: Answer): void {
  const titles: Record<string, string> = {
    'secret-link.unknown': 'Nothing is here',
    'secret-link.viewed': 'This secret was shown already',
    'secret-link.claimed': 'This secret is being shown',
    'secret-link.forfeited': 'This secret was lost on its way',
    'secret-link.burnt': 'This secret was destroyed',
    'secret-link.expired': 'This link has run out',
    'secret-link.answered': 'This was answered already',
    'secret-link.not-given': 'Nobody has answered yet',
    'secret-link.not-ready': 'The file is still coming',
    'secret-link.slow-down': 'One moment',
    'hub.busy': 'One moment',
  };
  show(titles[answer.body.code ?? ''] ?? 'This did not work', [
    say(answer.body.detail ?? `The server answered ${answer.status}.`),
  ]);
}

export function showLost(): void {
  show('The connection failed', [
    say('The server could not be reached, or what it sent could not be decrypted.'),
    say('Load the page again. If the secret was on its way, the page then says what became of it.'),
  ]);
}

export function inWords(iso: string): string {
  return new Date(iso).toLocaleString([], { dateStyle: 'long', timeStyle: 'short' });
}

export function showReading(link: Link, looked: Looked): void {
  const note = say('', 'bad');
  note.setAttribute('role', 'alert');
  note.hidden = true;
  const lasting =
    looked.expiresAt === null || looked.expiresAt === undefined
      ? []
      : [say(`The link works until ${inWords(looked.expiresAt)}.`, 'quiet fine')];
  const field = looked.passphrase === true ? passphraseField() : undefined;
  const reveal = button('Show the secret', () => takeSecret(link, note, field));
  field?.addEventListener('keydown', (event) => {
    if ('key' in event && event.key === 'Enter') reveal.click();
  });
  show('A secret for you', [
    say(`${looked.sender} sent you a secret.`),
    say(timesLeft(looked.left), 'quiet'),
    note,
    ...(field === undefined ? [] : [labelFor(field, 'Passphrase'), field]),
    reveal,
    ...lasting,
  ]);
}

export function timesLeft(left: number | null | undefined): string {
  if (left === null || left === undefined) return 'It is shown once you have typed its passphrase.';
  return left === 1
    ? 'It can be shown once and is then destroyed. Show it when you are ready to keep it.'
    : `It can be shown ${left} more times.`;
}

export function passphraseField(): Node {
  const field = element('input');
  field.id = 'passphrase';
  field.setAttribute('type', 'password');
  field.setAttribute('autocomplete', 'off');
  field.setAttribute('maxlength', '200');
  return field;
}

export function labelFor(field: Node, text: string): Node {
  const label = element('label', text);
  label.setAttribute('for', field.id);
  return label;
}

/** The one deliberate act: only a person's click leads here. */
export async function takeSecret(link: Link, note: Node, field?: Node): Promise<void> {
  const keys = await keysOf(link.fragment, link.token, field?.value ?? '');
  const proofs = {
    proof: keys.proof,
    ...(keys.passphraseProof === undefined ? {} : { passphraseProof: keys.passphraseProof }),
  };
  const answer = await ask(link, 'reveal', proofs);
  if (!answer.ok) {
    if (answer.status !== 403 && answer.status !== 429) return showRefusal(answer);
    note.textContent = answer.body.detail ?? 'That did not work.';
    note.hidden = false;
    field?.focus();
    return;
  }
  const { content = '', parts = 0, pass = null, left = 0 } = answer.body;
  const head = fromBase64(content);
  const key = await contentKey(link.fragment, keys, head, link.token);
  const plain: Plain = JSON.parse(
    new TextDecoder().decode(await decrypt(key, head, boundTo(link.token, 0, parts))),
  );
  // The key has done its work: it stays in no history and no synchronised tab.
  history.replaceState(null, '', location.pathname);
  const burn = left === 0 ? undefined : { proofs, left };
  if (plain.file !== undefined && pass !== null) {
    return showFile(link, { ...plain.file, key, parts, pass }, burn);
  }
  showText(link, plain.text ?? '', burn);
}

type Rest = { readonly proofs: unknown; readonly left: number };

export function restOf(link: Link, rest: Rest | undefined): Node[] {
  if (rest === undefined) {
    return [say('It was destroyed on the server and cannot be shown again.', 'quiet fine')];
  }
  const burn = button(
    'Destroy it now',
    async () => {
      const answer = await ask(link, 'burn', rest.proofs);
      if (!answer.ok) return showRefusal(answer);
      show('Destroyed', [say('Nobody can show this secret any more.')]);
    },
    'plain',
  );
  return [say(`It can be shown ${rest.left} more times.`, 'quiet fine'), burn];
}

export function showText(link: Link, text: string, rest: Rest | undefined): void {
  const value = element('pre', text, 'value');
  value.tabIndex = 0;
  value.setAttribute('aria-label', 'The secret');
  const copy = button('Copy', async () => {
    const copied = canCopy(navigator);
    if (canCopy(navigator)) await navigator.clipboard.writeText(text);
    copy.textContent = copied ? 'Copied' : 'Select it and copy it by hand';
  });
  show('Your secret', [value, copy, ...restOf(link, rest)]);
}

type Copying = { readonly clipboard: { writeText(text: string): Promise<void> } };

/** Browsers copy over HTTPS and on this very machine alone. */
export function canCopy(browser: object): browser is Copying {
  return 'clipboard' in browser && browser.clipboard !== undefined;
}

type Coming = {
  readonly name: string;
  readonly type: string;
  readonly size: number;
  readonly key: Bytes;
  readonly parts: number;
  readonly pass: string;
};

/** Fetched piece by piece, put together here, and saved: never shown, whatever its type says. */
export async function showFile(link: Link, file: Coming, rest: Rest | undefined): Promise<void> {
  const progress = element('progress');
  progress.max = file.parts;
  progress.setAttribute('aria-label', 'Received');
  show('Your file', [say(`${file.name}, ${sizeInWords(file.size)}`), progress]);
  const pieces: Bytes[] = [];
  for (let part = 1; part <= file.parts; part += 1) {
    const answer = await askAgain(link, `parts/${part}`, { pass: file.pass });
    if (!answer.ok) return showRefusal(answer);
    const sealed = fromBase64(answer.body.content ?? '');
    pieces.push(await decrypt(file.key, sealed, boundTo(link.token, part, file.parts)));
    progress.setAttribute('value', String(part));
  }
  await ask(link, 'fetched', { pass: file.pass });
  const blob = new Blob(pieces, { type: 'application/octet-stream' });
  const save = element('a', `Save ${file.name}`);
  save.href = URL.createObjectURL(blob);
  save.download = file.name;
  save.id = 'save';
  show('Your file', [
    say(`${file.name}, ${sizeInWords(file.size)}`),
    say('Open it only if you know who sent it.', 'quiet'),
    button('Save the file', () => save.click()),
    ...restOf(link, rest),
  ]);
}

/** A piece that was lost on the way is asked for again; the pass allows it. */
export async function askAgain(link: Link, what: string, said: unknown): Promise<Answer> {
  for (let count = 1; ; count += 1) {
    try {
      return await ask(link, what, said);
    } catch (error) {
      if (count === 5) throw error;
      await new Promise((resolve) => setTimeout(resolve, count * 1000));
    }
  }
}

export function sizeInWords(bytes: number): string {
  const mega = bytes / (1024 * 1024);
  return mega >= 1 ? `${mega.toFixed(1)} MB` : `${Math.max(1, Math.round(bytes / 1024))} kB`;
}
