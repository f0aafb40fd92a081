// What runs first in the page /s/{id}: looks at the link, and shows what it is for.
// Sent as the functions' own text, like page-script.ts.
import { fromBase64, keysOf } from './browser-crypto.ts';
import { showGiving } from './page-giving.ts';
import {
  ask,
  type Link,
  type Looked,
  say,
  show,
  showLost,
  showReading,
  showRefusal,
} from './page-script.ts';

declare const location: { readonly pathname: string; readonly hash: string };

/** Looks, and asks the reader; it never takes anything by itself. */
export async function start(): Promise<void> {
  const link = linkHere();
  if (link === undefined) {
    show('This link is not whole', [
      say(
        'The part after # is missing. Copy the whole link from where you got it; nothing was used up.',
      ),
    ]);
    return;
  }
  try {
    const { proof } = await keysOf(link.fragment, link.token, '');
    const answer = await ask(link, 'look', { proof });
    if (!answer.ok) return showRefusal(answer);
    const looked: unknown = answer.body;
    if (!isLooked(looked)) return showLost();
    if (looked.mode === 'give') showGiving(link, looked);
    else showReading(link, looked);
  } catch {
    showLost();
  }
}

export function isLooked(said: unknown): said is Looked {
  return typeof said === 'object' && said !== null && 'mode' in said && 'sender' in said;
}

/** A private key is 97 bytes, a public one 65, any other link's key 32. */
export function linkHere(): Link | undefined {
  const token = location.pathname.split('/')[2] ?? '';
  const text = location.hash.slice(1);
  if (!/^[\w-]+$/.test(text)) return undefined;
  const fragment = fromBase64(text);
  return [32, 65, 97].includes(fragment.length) ? { token, fragment } : undefined;
}
