// What of automation stands on a connection: such a connection is not deleted from under it.
import type { Tx } from '#store/db.ts';

const namesMax = 5;

/** Names, as a refusal says them: endpoints and webhooks, and automations whose directory it is. */
export async function builtOn(tx: Tx, connectionId: string): Promise<readonly string[]> {
  const definitions = await tx
    .selectFrom('definitions')
    .select('name')
    .where('connection_id', '=', connectionId)
    .limit(namesMax)
    .execute();
  const automations = await tx
    .selectFrom('automations')
    .innerJoin('automation_versions as version', (join) =>
      join
        .onRef('version.automation_id', '=', 'automations.id')
        .onRef('version.version', '=', 'automations.version'),
    )
    .select('automations.name')
    .where((where) =>
      where(
        where.fn<string>('jsonb_extract_path_text', [
          'version.document',
          where.val('directoryConnectionId'),
        ]),
        '=',
        connectionId,
      ),
    )
    .limit(namesMax)
    .execute();
  return [...definitions, ...automations].map(({ name }) => name);
}
