// Reads docs/active-directory-rights.md and says its dsacls commands in SDDL, so that the guide is what the tests run on.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Grant = {
  readonly dn: string;
  /** CI: the object and all below; CIIO: only what is below (dsacls /I:T and /I:S). */
  readonly inheritance: 'CI' | 'CIIO';
  readonly trustee: string;
  /** CC create child, WP write property, CA control access. */
  readonly right: 'CC' | 'WP' | 'CA';
  /** Class to create, property to write or extended right to use. */
  readonly what: string;
  /** Class of objects it holds for; every class when left out. */
  readonly onClass?: string;
};

/** The grants of the guide's first code block: variables, foreach over one list, and dsacls lines. */
export function grantsOfTheGuide(): readonly Grant[] {
  const path = join(import.meta.dirname, '..', '..', '..', 'docs', 'active-directory-rights.md');
  const script = /```powershell\n([\s\S]*?)```/.exec(readFileSync(path, 'utf8'))?.[1];
  if (script === undefined) throw new Error(`${path} has no PowerShell block`);
  const variables = new Map<string, readonly string[]>();
  return script
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .flatMap((line) => {
      const assigned = /^\$(\w+) = (.+)$/.exec(line);
      if (!assigned) return grantsOfLine(line, variables);
      const values = [...(assigned[2] ?? '').matchAll(/'([^']*)'/g)].map((each) => each[1] ?? '');
      variables.set(assigned[1] ?? '', values);
      return [];
    });
}

/** Extended rights by the name dsacls takes; Samba shows them under names of its own. */
export const extendedRights: ReadonlyMap<string, string> = new Map([
  ['Reset Password', '00299570-246d-11d0-a768-00aa006e0529'],
]);

/** What dsacls calls CA is CR in SDDL (MS-DTYP §2.5.1.1). */
const inSddl: Readonly<Record<Grant['right'], string>> = { CC: 'CC', WP: 'WP', CA: 'CR' };

/** `(OA;CIIO;WP;<property>;<class>;<trustee>)`, as MS-DTYP §2.5.1.1 spells an entry. */
export function sddl(grant: Grant, guidOf: (name: string) => string, sid: string): string {
  const onClass = grant.onClass === undefined ? '' : guidOf(grant.onClass);
  return `(OA;${grant.inheritance};${inSddl[grant.right]};${guidOf(grant.what)};${onClass};${sid})`;
}

function grantsOfLine(line: string, variables: ReadonlyMap<string, readonly string[]>): Grant[] {
  const loop = /^foreach \(\$(\w+) in \$(\w+)\) \{ (.+) \}$/.exec(line);
  if (!loop) return [grantOf(line, variables)];
  const values = variables.get(loop[2] ?? '') ?? [];
  return values.map((value) =>
    grantOf(loop[3] ?? '', new Map([...variables, [loop[1] ?? '', [value]]])),
  );
}

function grantOf(line: string, variables: ReadonlyMap<string, readonly string[]>): Grant {
  const filled = line.replace(
    /\$\{?(\w+)\}?/g,
    (_, name: string) => variables.get(name)?.[0] ?? '',
  );
  const match = /^dsacls (.+) \/I:([TS]) \/G "([^:"]+):(CC|WP|CA);([^;"]+)(?:;([^;"]+))?"$/.exec(
    filled,
  );
  const [, dn, inherit, trustee, right, what, onClass] = match ?? [];
  if (!dn || !trustee || !what || (right !== 'CC' && right !== 'WP' && right !== 'CA')) {
    throw new Error(`The guide holds a line this fixture does not understand: ${line}`);
  }
  const inheritance = inherit === 'T' ? 'CI' : 'CIIO';
  return { dn, inheritance, trustee, right, what, ...(onClass ? { onClass } : {}) };
}
