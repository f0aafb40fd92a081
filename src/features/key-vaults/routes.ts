// The endpoints of key vaults under /v1.
import { z } from 'zod';
import { listRoute, NumberPageQuery, pageFrom, pageRows } from '#http/page.ts';
import { type Route, route } from '#http/route.ts';
import { Secret } from '#lib/secret.ts';
import {
  changeVault,
  confirmVault,
  createVault,
  deleteVault,
  type VaultPorts,
} from './commands.ts';
import type { GivenSecrets } from './differences.ts';
import type { KeyVault } from './model.ts';
import { listVaultSecrets, testVault } from './probe.ts';
import { getVault, listVaults } from './queries.ts';
import {
  KeyVaultChangeWire,
  KeyVaultWire,
  NewKeyVaultWire,
  testedToWire,
  VaultSecretsWire,
  VaultTestedWire,
  vaultToWire,
} from './wire.ts';

const wholeNumber = z.coerce.number().pipe(z.int32().positive());
const Params = z.object({ id: wholeNumber });
const SecretsPage = z.object({ cursor: z.string().min(1).max(2_000).optional() });

export function keyVaultRoutes(ports: VaultPorts): Route[] {
  const toWire = async (vault: KeyVault) =>
    vaultToWire(vault, await ports.keptIn(ports.db, vault.id));
  return [
    listRoute({
      path: '/v1/key-vaults',
      summary: 'Lists key vaults',
      access: ['key-vaults:read'],
      query: NumberPageQuery,
      item: KeyVaultWire,
      async list(actor, query) {
        const asked = { cursor: query.cursor, limit: pageRows(query) };
        const found = await listVaults(ports.db, actor, asked);
        const { items, next } = pageFrom(found, query, toWire);
        return { items: await Promise.all(items), next };
      },
    }),
    route({
      method: 'POST',
      path: '/v1/key-vaults',
      summary: 'Makes a key vault known to the hub',
      dialect: 'v1',
      access: ['key-vaults:edit'],
      body: NewKeyVaultWire,
      answers: { 201: KeyVaultWire },
      async handle({ actor, body }) {
        const { name, clientId, lab, clientSecret, certificate, ...settings } = body;
        const secrets = asSecrets({ clientSecret, certificate });
        const asked = { name, clientId, lab, settings, ...secrets };
        return { status: 201, body: await toWire(await createVault(ports, actor, asked)) };
      },
    }),
    route({
      method: 'GET',
      path: '/v1/key-vaults/:id',
      summary: 'One key vault, and what is kept in it',
      dialect: 'v1',
      access: ['key-vaults:read'],
      params: Params,
      answers: { 200: KeyVaultWire },
      async handle({ actor, params }) {
        return { status: 200, body: await toWire(await getVault(ports.db, actor, params.id)) };
      },
    }),
    route({
      method: 'PATCH',
      path: '/v1/key-vaults/:id',
      summary: 'Changes a key vault; a new address, cloud or authority clears its stored secrets',
      dialect: 'v1',
      access: ['key-vaults:edit'],
      params: Params,
      body: KeyVaultChangeWire,
      answers: { 200: KeyVaultWire },
      async handle({ actor, params, body }) {
        const { name, clientId, clientSecret, certificate, ...settings } = body;
        const secrets = asSecrets({ clientSecret, certificate });
        const asked = { name, clientId, settings, ...secrets };
        return {
          status: 200,
          body: await toWire(await changeVault(ports, actor, params.id, asked)),
        };
      },
    }),
    ...otherRoutes(ports, toWire),
  ];
}

function otherRoutes(
  ports: VaultPorts,
  toWire: (vault: KeyVault) => Promise<z.input<typeof KeyVaultWire>>,
): Route[] {
  return [
    route({
      method: 'DELETE',
      path: '/v1/key-vaults/:id',
      summary: 'Deletes a key vault in which nothing is kept',
      dialect: 'v1',
      access: ['key-vaults:edit'],
      params: Params,
      answers: { 204: 'empty' },
      async handle({ actor, params }) {
        await deleteVault(ports, actor, params.id);
        return { status: 204 };
      },
    }),
    route({
      method: 'POST',
      path: '/v1/key-vaults/:id/confirm',
      summary: 'Confirms that the vault may be on a private network',
      dialect: 'v1',
      access: ['key-vaults:edit', 'admin'],
      params: Params,
      answers: { 200: KeyVaultWire },
      async handle({ actor, params }) {
        return { status: 200, body: await toWire(await confirmVault(ports, actor, params.id)) };
      },
    }),
    route({
      method: 'POST',
      path: '/v1/key-vaults/:id/test',
      summary: 'Tries the key vault and names the stage that fails',
      dialect: 'v1',
      access: ['key-vaults:edit'],
      params: Params,
      answers: { 200: VaultTestedWire },
      async handle({ actor, params }) {
        const { result, checkedAt } = await testVault(ports, actor, params.id);
        return { status: 200, body: testedToWire(result, checkedAt) };
      },
    }),
    route({
      method: 'GET',
      path: '/v1/key-vaults/:id/secrets',
      summary: 'The names of the secrets in the vault, never their values',
      dialect: 'v1',
      access: ['key-vaults:edit'],
      params: Params,
      query: SecretsPage,
      answers: { 200: VaultSecretsWire },
      async handle({ actor, params, query }) {
        const asked = { id: params.id, cursor: query.cursor };
        const { items, next } = await listVaultSecrets(ports, actor, asked);
        const named = items.map(({ name, enabled, expiresAt }) => ({
          name,
          enabled,
          expiresAt: expiresAt?.toISOString() ?? null,
        }));
        return { status: 200, body: { items: named, next } };
      },
    }),
  ];
}

type GivenTexts = {
  readonly clientSecret: string | null | undefined;
  readonly certificate: string | null | undefined;
};

function asSecrets({ clientSecret, certificate }: GivenTexts): GivenSecrets {
  const asSecret = (text: string | null | undefined) =>
    typeof text === 'string' ? new Secret(text) : text;
  return { clientSecret: asSecret(clientSecret), certificate: asSecret(certificate) };
}
