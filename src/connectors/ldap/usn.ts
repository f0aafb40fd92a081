// Changes by update sequence numbers, which belong to one domain controller (MS-ADTS §3.1.1.1.9).
import type { Changes } from '#domain/ports/directory-changes.ts';
import { guidText } from '#lib/guid.ts';
import { parseFilter } from '#lib/ldap-filter.ts';
import { isContainer } from './containers.ts';
import { controlOf } from './controls.ts';
import { firstBytes, firstText, textsOf } from './entry.ts';
import { asWritten } from './filter-bytes.ts';
import { firstValueOf } from './raw-entry.ts';
import { readBase } from './read-base.ts';
import { incomplete } from './refusals.ts';
import { allOf, entriesOf, rawPages } from './search.ts';
import type { Session } from './session.ts';

export type UsnNow = UsnMark & { readonly showsDeleted: boolean };

export type UsnMark = {
  /** Of the database that counts: another one, or the same after a restore, counts anew. */
  readonly invocationId: string;
  readonly usn: number;
};

/** LDAP_SERVER_SHOW_DELETED_OID */
const showDeleted = '1.2.840.113556.1.4.417';
const idName = Buffer.from('objectguid');
const everything = '(objectClass=*)';

export async function usnOfNow(session: Session): Promise<UsnNow | undefined> {
  const connection = await session.connection();
  const root = await readBase(connection, '', [
    ...['highestCommittedUSN', 'dsServiceName', 'supportedControl'],
  ]);
  const usn = Number(root && firstText(root, 'highestCommittedUSN'));
  const service = root && firstText(root, 'dsServiceName');
  if (!Number.isSafeInteger(usn) || usn < 0 || service === undefined) return undefined;
  const settings = await readBase(connection, service, ['invocationId']);
  const invocation = settings && firstBytes(settings, 'invocationId');
  if (invocation?.length !== 16) return undefined;
  const showsDeleted =
    root !== undefined && textsOf(root, 'supportedControl').includes(showDeleted);
  return { invocationId: guidText(invocation), usn, showsDeleted };
}

export async function changesByUsn(
  session: Session,
  since: Omit<UsnNow, 'invocationId'>,
  signal?: AbortSignal,
): Promise<Omit<Changes, 'bookmark'>> {
  const filter = `(uSNChanged>=${since.usn + 1})`;
  const changed = await idsOf(session, session.root.context, filter, { signal });
  // Who may not see what was deleted is told that there is nothing, and so is who may where there is nothing.
  const gone = `(&(isDeleted=TRUE)${filter})`;
  const deleted = since.showsDeleted
    ? await idsOf(session, session.root.context, gone, { signal, deleted: true })
    : new Set<string>();
  const containers = await entriesOf(session, {
    base: session.root.context,
    filter: allOf([isContainer(), asWritten(parseFilter(filter))]),
    attributes: ['objectGUID'],
  });
  for (const id of deleted) changed.delete(id);
  return { changed, deleted, seesDeletions: false, restructured: containers.length > 0 };
}

async function idsOf(
  session: Session,
  base: string,
  filter: string,
  { signal, deleted = false }: { signal?: AbortSignal | undefined; deleted?: boolean },
): Promise<Set<string>> {
  const ids = new Set<string>();
  const search = {
    base,
    filter: asWritten(parseFilter(`(&${everything}${filter})`)),
    attributes: ['objectGUID'],
    ...(deleted ? { controls: [controlOf(showDeleted)] } : {}),
  };
  for await (const { entries } of rawPages(session, search, { signal })) {
    for (const raw of entries) {
      const id = firstValueOf(raw, idName);
      if (id === undefined) throw incomplete('it shows an entry without its id');
      ids.add(guidText(id));
    }
  }
  return ids;
}
