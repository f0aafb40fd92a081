// A first password: long, random, of every character class, readable over a telephone, and no name in it.
import { Secret } from '#lib/secret.ts';

/** A whole number from 0 to below the limit, each as likely as the other: node's randomInt. */
export type PickBelow = (limit: number) => number;

/**
 * Active Directory asks for three of these classes (MS-SAMR §3.1.1.7.2); a password has all four. Characters that are
 * taken for one another (0 O, 1 l I) and those that shells and forms make trouble with are left out.
 */
const classes = ['ABCDEFGHJKLMNPQRSTUVWXYZ', 'abcdefghijkmnopqrstuvwxyz', '23456789', '-_.+=!?@#'];
const length = 20;
const triesMax = 1000;
/** Active Directory looks for parts of a name from this length on. */
const namePartMin = 3;

export function generatePassword(pick: PickBelow, names: readonly string[] = []): Secret {
  const parts = names.flatMap(partsOf);
  for (let tries = 0; tries < triesMax; tries += 1) {
    const text = oneText(pick);
    const lower = text.toLowerCase();
    if (!parts.some((part) => lower.includes(part))) return new Secret(text);
  }
  throw new Error(`no password without the person's names was found in ${triesMax} tries`);
}

function oneText(pick: PickBelow): string {
  const all = classes.join('');
  const must = classes.map((characters) => oneOf(characters, pick));
  const rest = Array.from({ length: length - must.length }, () => oneOf(all, pick));
  return shuffle([...must, ...rest], pick).join('');
}

/** The account name as a whole, and every part of a display name, as AD splits it. */
function partsOf(name: string): string[] {
  return [name, ...name.split(/[\s,.\-–—_#£]+/)]
    .map((part) => part.toLowerCase())
    .filter((part) => part.length >= namePartMin);
}

function oneOf(characters: string, pick: PickBelow): string {
  return characters.charAt(pick(characters.length));
}

/** Fisher and Yates: without it the first four places would tell their class. */
function shuffle(characters: readonly string[], pick: PickBelow): string[] {
  const shuffled: string[] = [];
  for (const character of characters) {
    const at = pick(shuffled.length + 1);
    shuffled.push(shuffled[at] ?? character);
    shuffled[at] = character;
  }
  return shuffled;
}
