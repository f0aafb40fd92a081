// Changes by modifyTimestamp (RFC 4512 §3.4.3): for servers that keep no record of their changes.
import type { Changes } from '#domain/ports/directory-changes.ts';
import { parseFilter } from '#lib/ldap-filter.ts';
import { isContainer } from './containers.ts';
import { asWritten } from './filter-bytes.ts';
import { firstValueOf } from './raw-entry.ts';
import { incomplete } from './refusals.ts';
import { allOf, entriesOf, rawPages } from './search.ts';
import type { Session } from './session.ts';

/** The server's clock may be behind ours, and several servers' behind each other: read twice is read well. */
const slackMs = 10 * 60_000;
const idName = Buffer.from('entryuuid');

export function timestampOfNow(now: Date): Date {
  return new Date(now.getTime() - slackMs);
}

export async function changesByTimestamp(
  session: Session,
  since: Date,
  signal?: AbortSignal,
): Promise<Omit<Changes, 'bookmark'>> {
  const filter = asWritten(parseFilter(`(modifyTimestamp>=${generalized(since)})`));
  const changed = new Set<string>();
  const search = { base: session.root.context, filter, attributes: ['entryUUID'] };
  for await (const { entries } of rawPages(session, search, { signal })) {
    for (const raw of entries) {
      const id = firstValueOf(raw, idName);
      if (id === undefined) throw incomplete('it shows an entry without its id');
      changed.add(id.toString('latin1').toLowerCase());
    }
  }
  const containers = await entriesOf(session, {
    base: session.root.context,
    filter: allOf([isContainer(), filter]),
    attributes: ['entryUUID'],
  });
  const restructured = containers.length > 0;
  return { changed, deleted: new Set(), seesDeletions: false, restructured };
}

/** GeneralizedTime (RFC 4517 §3.3.13). */
function generalized(at: Date): string {
  return `${at.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`;
}
