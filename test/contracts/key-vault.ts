// What every client of a key vault sees, whether it is ours or Microsoft's own.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Role } from '#lab/key-vault/login.ts';
import { aKeyVault, anApplication, type TestVault } from '#test/servers/key-vault.ts';

/** A client with its refusals as one of our codes. */
export type Client = AsyncDisposable & {
  get(name: string, version?: string): Promise<{ value: string; version: string }>;
  /** Every name there is, page by page. */
  list(): Promise<{ names: readonly string[]; pages: number }>;
};

export function keyVaultContract(
  title: string,
  open: (vault: TestVault, role: Role) => Promise<Client>,
): void {
  describe(`A key vault, asked by ${title}`, () => {
    const vaults = new Map<Role, TestVault>();
    before(async () => {
      for (const role of ['user', 'reader', 'none'] as const) vaults.set(role, await made(role));
    });
    after(async () => {
      for (const vault of vaults.values()) await vault[Symbol.asyncDispose]();
    });
    const vaultFor = (role: Role) => vaults.get(role) ?? assert.fail(role);
    const withClient = async (role: Role, work: (client: Client, vault: TestVault) => unknown) => {
      const vault = vaultFor(role);
      await using client = await open(vault, role);
      await work(client, vault);
    };

    it('gives a secret by its name, in any letter case', () =>
      withClient('user', async (client) => {
        const plain = await client.get('halo-secret');
        const shouted = await client.get('HALO-Secret');

        assert.equal(plain.value, 'the-halo-secret-in-the-vault');
        assert.match(plain.version, /^[0-9a-f]{32}$/);
        assert.deepEqual(shouted, plain);
      }));

    it('gives the newest version, or the one that is named', () =>
      withClient('user', async (client, vault) => {
        vault.secrets.put('turned', 'first');
        const first = await client.get('turned');
        vault.secrets.put('turned', 'second');

        assert.equal((await client.get('turned')).value, 'second');
        assert.deepEqual(await client.get('turned', first.version), first);
      }));

    it('lists every name, page after page, and never a value', () =>
      withClient('user', async (client, vault) => {
        const wanted = Array.from({ length: 60 }, (_, at) => `many-${String(at).padStart(2, '0')}`);
        for (const name of wanted) vault.secrets.put(name, `value of ${name}`);

        const { names, pages } = await client.list();

        assert.deepEqual(
          names.filter((name) => name.startsWith('many-')),
          wanted,
        );
        assert.ok(pages >= 3, `${pages} pages`);
      }));

    for (const [code, name, prepare] of refusals) {
      it(`refuses with ${code}`, () =>
        withClient('user', async (client, vault) => {
          prepare(vault);
          await assert.rejects(client.get(name), { code });
        }));
    }

    it('lets those who may only read do that, and not list', () =>
      withClient('reader', async (client) => {
        assert.equal((await client.get('halo-secret')).value, 'the-halo-secret-in-the-vault');
        await assert.rejects(client.list(), { code: 'permission.missing' });
      }));

    it('tells those who may nothing that they may nothing', () =>
      withClient('none', async (client) => {
        await assert.rejects(client.get('halo-secret'), { code: 'permission.missing' });
      }));
  });
}

const refusals: readonly (readonly [string, string, (vault: TestVault) => void])[] = [
  ['secret.unknown', 'nobody-has-this', () => {}],
  [
    'secret.unknown',
    'deleted',
    ({ secrets }) => {
      secrets.put('deleted', 'gone');
      secrets.delete('deleted');
    },
  ],
  [
    'secret.disabled',
    'disabled',
    ({ secrets }) => secrets.put('disabled', { value: 'off', attributes: { enabled: false } }),
  ],
];

function made(role: Role): Promise<TestVault> {
  return aKeyVault({ identities: [anApplication(role)] });
}
