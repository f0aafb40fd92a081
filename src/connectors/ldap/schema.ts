// What a directory's schema lets people have: asked of the entry in Active Directory, read from the schema elsewhere.
import { type Entry, textsOf } from './entry.ts';
import { readBase } from './read-base.ts';
import { refusal } from './refusals.ts';
import type { Session } from './session.ts';

const usualClasses = ['inetOrgPerson', 'posixAccount'];
const depthMax = 50;

/** Names as the directory spells them; none where it does not tell. */
export async function attributesAllowed(
  session: Session,
  example: Entry | undefined,
): Promise<readonly string[]> {
  const connection = await session.connection();
  try {
    if (session.root.activeDirectory) {
      if (example === undefined) return [];
      // Of this very entry, with all its classes (MS-ADTS §3.1.1.4.5.20).
      const entry = await readBase(connection, example.dn, ['allowedAttributes']);
      return entry === undefined ? [] : textsOf(entry, 'allowedAttributes');
    }
    const root = await readBase(connection, '', ['subschemaSubentry']);
    const dn = root && textsOf(root, 'subschemaSubentry')[0];
    const schema = dn === undefined ? undefined : await readBase(connection, dn, ['objectClasses']);
    const classes = example === undefined ? usualClasses : textsOf(example, 'objectClass');
    return schema === undefined ? [] : ofClasses(textsOf(schema, 'objectClasses'), classes);
  } catch (error) {
    // A schema that may not be read is no reason to show nothing of what was seen.
    const known = refusal(error);
    if (known.code === 'rights.missing' || known.code === 'directory.refused') return [];
    throw known;
  }
}

type ObjectClass = { readonly above: readonly string[]; readonly attributes: readonly string[] };

/** The attributes of the classes and of those above them (RFC 4512 §4.1.1). */
export function ofClasses(
  definitions: readonly string[],
  names: readonly string[],
): readonly string[] {
  const known = new Map<string, ObjectClass>();
  for (const text of definitions) {
    const one = {
      above: listed(text, 'SUP'),
      attributes: [...listed(text, 'MUST'), ...listed(text, 'MAY')],
    };
    for (const name of listed(text, 'NAME')) known.set(name.toLowerCase(), one);
  }
  const found = new Set<string>();
  const seen = new Set<string>();
  let open = names.map((name) => name.toLowerCase());
  for (let depth = 0; open.length > 0 && depth < depthMax; depth += 1) {
    const next: string[] = [];
    for (const name of open) {
      if (seen.has(name)) continue;
      seen.add(name);
      const one = known.get(name);
      for (const attribute of one?.attributes ?? []) found.add(attribute);
      next.push(...(one?.above ?? []).map((each) => each.toLowerCase()));
    }
    open = next;
  }
  return [...found];
}

/** What stands behind a word: one name, several in quotes, or several between dollar signs. */
function listed(definition: string, word: string): string[] {
  const match = new RegExp(`\\b${word}\\s+(?:\\(([^)]*)\\)|'([^']*)'|([\\w.-]+))`).exec(
    definition.replace(/\bDESC\s+'[^']*'/, ''),
  );
  const text = match?.[1] ?? match?.[2] ?? match?.[3] ?? '';
  return text.split(/[\s$']+/).filter((each) => each !== '');
}
