// The page of a request: an outside person types a secret or chooses a file, encrypted before it leaves them.
// Sent as the functions' own text, like page-script.ts.
import {
  agreed,
  boundTo,
  encrypt,
  joinBytes,
  keysOf,
  packed,
  requestKeys,
  toBase64,
} from './browser-crypto.ts';
import {
  ask,
  askAgain,
  button,
  element,
  inWords,
  type Link,
  type Looked,
  labelFor,
  say,
  show,
  showRefusal,
  sizeInWords,
} from './page-script.ts';

type Bytes = Uint8Array<ArrayBuffer>;
declare const location: { readonly pathname: string };
declare const history: { replaceState(state: unknown, title: string, url: string): void };

/** A request: what is typed or chosen is encrypted to the public key in the link. */
export function showGiving(link: Link, looked: Looked): void {
  const text = element('textarea');
  text.id = 'text';
  text.setAttribute('maxlength', '100000');
  text.setAttribute('autocomplete', 'off');
  text.setAttribute('spellcheck', 'false');
  const file = element('input');
  file.id = 'file';
  file.setAttribute('type', 'file');
  const note = say('', 'bad');
  note.setAttribute('role', 'alert');
  note.hidden = true;
  const send = button('Send it', async () => {
    const chosen = file.files?.[0];
    const refusal = misfitOf(text.value, chosen, looked);
    if (refusal === undefined) return giveSecret(link, looked, text.value, chosen);
    note.textContent = refusal;
    note.hidden = false;
  });
  const until = looked.expiresAt === null ? '' : ` It works until ${inWords(looked.expiresAt)}.`;
  show(`${looked.sender} asks you for a secret`, [
    say('Type it or choose a file. It is encrypted here; only who asked for it can read it, once.'),
    note,
    labelFor(text, 'Secret'),
    text,
    labelFor(file, 'or a file'),
    file,
    send,
    say(`This link takes one answer.${until}`, 'quiet fine'),
  ]);
}

export function misfitOf(text: string, file: File | undefined, looked: Looked): string | undefined {
  const most = looked.fileBytesMax ?? 0;
  if (text === '' && file === undefined) return 'Type a secret or choose a file first.';
  if (text !== '' && file !== undefined) return 'Send a text or a file, not both.';
  if (file === undefined) return undefined;
  if (file.size === 0) return 'The file is empty.';
  return file.size > most ? `The file is larger than ${sizeInWords(most)}.` : undefined;
}

export async function giveSecret(
  link: Link,
  looked: Looked,
  text: string,
  file: File | undefined,
): Promise<void> {
  const own = await requestKeys();
  const key = await agreed(own.read, link.fragment, link.token);
  const { proof } = await keysOf(link.fragment, link.token, '');
  const partBytes = looked.partBytes ?? 1;
  const parts = file === undefined ? 0 : Math.ceil(file.size / partBytes);
  const head = joinBytes(Uint8Array.of(2), own.give);
  const plain = packed(file === undefined ? { text } : { file: factsOf(file) });
  const sealed = await encrypt(key, plain, boundTo(link.token, 0, parts), head);
  const content = toBase64(sealed);
  const answer = await ask(link, 'give', { proof, content, fileBytes: file?.size ?? 0 });
  if (!answer.ok) return showRefusal(answer);
  for (let part = 1; part <= parts && file !== undefined; part += 1) {
    const piece = await pieceOf(file, part, partBytes);
    const bound = boundTo(link.token, part, parts);
    const brought = toBase64(await encrypt(key, piece, bound));
    const taken = await askAgain(link, `give/${part}`, { proof, content: brought });
    if (!taken.ok) return showRefusal(taken);
  }
  history.replaceState(null, '', location.pathname);
  show('Sent', [
    say(`${looked.sender} can now read it, once. Nobody else can, and this link is used up.`),
  ]);
}

export function factsOf(file: File): { name: string; type: string; size: number } {
  return { name: file.name, type: file.type, size: file.size };
}

export async function pieceOf(file: File, part: number, partBytes: number): Promise<Bytes> {
  const from = (part - 1) * partBytes;
  return new Uint8Array(await file.slice(from, from + partBytes).arrayBuffer());
}
