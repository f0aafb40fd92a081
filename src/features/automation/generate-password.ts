// A first password: long, random, of every character class, and readable over a telephone.
import { randomInt } from 'node:crypto';
import { Secret } from '#lib/secret.ts';

/** AD's complexity rule asks for three classes of these (MS-SAMR §3.1.1.7.2); this gives all four. */
const classes = ['ABCDEFGHJKLMNPQRSTUVWXYZ', 'abcdefghijkmnopqrstuvwxyz', '23456789', '-_.+=!?@#%'];
const length = 20;

export type PickBelow = (limit: number) => number;

export function generatePassword(pick: PickBelow = randomInt): Secret {
  const all = classes.join('');
  const must = classes.map((characters) => oneOf(characters, pick));
  const rest = Array.from({ length: length - must.length }, () => oneOf(all, pick));
  return new Secret(shuffle([...must, ...rest], pick).join(''));
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
