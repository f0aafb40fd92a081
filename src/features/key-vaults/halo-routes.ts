// The endpoints of key vaults in Halo's dialect.
import { z } from 'zod';
import type { Actor } from '#domain/actor.ts';
import { refuse } from '#domain/problem.ts';
import { vaultCredentials } from '#domain/vault.ts';
import { enveloped, listAnswer, pageOf, paging } from '#http/halo/list.ts';
import { oneOrMany, saved, savedAnswer } from '#http/halo/model.ts';
import { IdParams } from '#http/halo/query.ts';
import { type Route, route } from '#http/route.ts';
import { inTransaction, type Tx } from '#store/db.ts';
import { changeVaultIn, createVaultIn, deleteVault, type VaultPorts } from './commands.ts';
import { type KeyVault, VaultName } from './model.ts';
import { countVaults, getVault, listVaults } from './queries.ts';
import { HaloKeyVault, vaultToHalo } from './wire.ts';

export function haloKeyVaultRoutes(ports: VaultPorts): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/KeyVault',
      summary: 'List KeyVault',
      dialect: 'halo',
      access: ['key-vaults:read'],
      query: z.object(paging),
      answers: { 200: listAnswer(HaloKeyVault) },
      async handle({ actor, query }) {
        const { limit, offset, pageNo, pageSize } = pageOf(query);
        const found = await listVaults(ports.db, actor, { limit, offset });
        const recordCount = await countVaults(ports.db, actor);
        const rows = found.map(vaultToHalo);
        const list = { rows, recordCount, pageNo, pageSize: pageSize ?? rows.length };
        return { status: 200, body: enveloped(list, query) };
      },
    }),
    route({
      method: 'GET',
      path: '/api/KeyVault/:id',
      summary: 'Get one key vault',
      dialect: 'halo',
      access: ['key-vaults:read'],
      params: IdParams,
      answers: { 200: HaloKeyVault },
      async handle({ actor, params }) {
        return { status: 200, body: vaultToHalo(await getVault(ports.db, actor, params.id)) };
      },
    }),
    route({
      method: 'POST',
      path: '/api/KeyVault',
      summary: 'Create or change KeyVault',
      dialect: 'halo',
      access: ['key-vaults:edit'],
      body: oneOrMany(HaloKeyVault),
      answers: savedAnswer(HaloKeyVault),
      async handle({ actor, body }) {
        const vaults = await inTransaction(ports.db, async (tx) => {
          const done: KeyVault[] = [];
          for (const given of body) done.push(await saveOne(tx, ports, actor, given));
          return done;
        });
        return saved(vaults.map(vaultToHalo));
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/KeyVault/:id',
      summary: 'Delete one key vault',
      dialect: 'halo',
      access: ['key-vaults:edit'],
      params: IdParams,
      answers: { 200: HaloKeyVault },
      async handle({ actor, params }) {
        return { status: 200, body: vaultToHalo(await deleteVault(ports, actor, params.id)) };
      },
    }),
  ];
}

type Given = z.output<typeof HaloKeyVault>;

/** Without an id, or with none above 0, it is a new one, as in Halo. */
async function saveOne(tx: Tx, ports: VaultPorts, actor: Actor, given: Given): Promise<KeyVault> {
  const name = given.name == null ? undefined : nameOf(given.name);
  const settings = settingsOf(given);
  if (given.id !== undefined && given.id > 0) {
    return changeVaultIn(tx, ports, actor, { id: given.id, name, settings });
  }
  if (name === undefined) refuse('record.incomplete', { kind: 'key vault', member: 'name' });
  if (given.url == null) refuse('record.incomplete', { kind: 'key vault', member: 'url' });
  return createVaultIn(tx, ports, actor, { name, clientId: null, lab: false, settings });
}

function nameOf(text: string): string {
  const parsed = VaultName.safeParse(text);
  if (parsed.success) return parsed.data;
  refuse('request.invalid', {
    reason: `name: ${parsed.error.issues[0]?.message ?? 'does not fit'}`,
  });
}

/** What was given; an empty text clears, as programs of Halo's world send it. */
function settingsOf({ url, connection_type: type, managed_identity_id: identity }: Given) {
  const credential = type == null ? undefined : vaultCredentials[type];
  return {
    ...(url == null ? {} : { url }),
    ...(credential === undefined ? {} : { credential }),
    ...(identity === undefined ? {} : { managedIdentityId: identity === '' ? null : identity }),
  };
}
