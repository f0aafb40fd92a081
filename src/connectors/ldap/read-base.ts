// One entry by its name, on a connection that is there.
import { type Control, type Filter, PresenceFilter, SearchRequest } from 'ldapts';
import type { Connection } from './connection.ts';
import type { Entry } from './entry.ts';
import { decoded } from './raw-entry.ts';
import { refusal } from './refusals.ts';

/** One entry by its DN on one connection, or nothing. */
export async function readBase(
  connection: Connection,
  dn: string,
  attributes: readonly string[],
  filter: Filter = new PresenceFilter({ attribute: 'objectClass' }),
  controls: Control[] = [],
): Promise<Entry | undefined> {
  const request = new SearchRequest({
    messageId: 0,
    baseDN: dn,
    scope: 'base',
    filter,
    attributes: [...attributes],
    controls,
  });
  try {
    const { entries } = await connection.send(request);
    return entries[0] === undefined ? undefined : decoded(entries[0]);
  } catch (error) {
    const known = refusal(error);
    if (known.code === 'object.missing' || known.code === 'value.refused') return undefined;
    throw known;
  }
}
