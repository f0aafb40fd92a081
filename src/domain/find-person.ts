// Who is meant: a person of a source by their key, or, as people at a terminal ask, by their name.
import { refuse } from './problem.ts';
import type { SourceRead } from './record.ts';

const keysShown = 10;

/** The key comes first, for it is exact; a name must be one person's alone. Unknown text is given back as it is. */
export function findPersonKey(source: SourceRead, asked: string, automation: string): string {
  const keys = [...source.records, ...source.refusals].map(({ key }) => key);
  if (keys.includes(asked)) return asked;
  const wanted = folded(asked);
  const found = source.records.filter(({ name }) => folded(name) === wanted);
  if (found.length > 1) {
    const shown = found.slice(0, keysShown).map(({ key }) => key);
    refuse('person.ambiguous', { automation, name: asked, keys: shown.join(', ') });
  }
  return found[0]?.key ?? asked;
}

function folded(name: string): string {
  return name.normalize('NFC').trim().toLocaleLowerCase('en');
}
