// What a sync costs between whole reads: the changes alone, told by a plain LDAP directory.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openLdapScanner } from '#connectors/ldap/scanner.ts';
import { aBigSlapd } from '#test/servers/big-slapd.ts';
import { personAt } from '#test/servers/many-people.ts';
import { withoutSlapd } from '#test/servers/slapd.ts';
import { approved, aSyncStage, synced, users } from '#test/sync/stage.ts';

describe('A sync of changes', { skip: withoutSlapd() }, () => {
  it('reads those who changed and those deleted, and nobody else', async () => {
    await using server = await aBigSlapd(1_000);
    const address = {
      ...{ host: server.host, port: server.ports.ldaps, caPem: server.caPem },
      bindDn: server.service.dn,
      security: 'ldaps',
      allowance: { lab: true, confirmed: [], networks: [] },
    } as const;
    const pageSizes = new Set<number>();
    await using stage = await aSyncStage({
      open(pageSize) {
        pageSizes.add(pageSize);
        return openLdapScanner({ ...address, pageSize }, server.service.password);
      },
      settings: {
        pageSize: 300,
        places: [{ id: 1, name: 'People', target: 'user', dn: server.peopleDn, siteId: 1 }],
        fields: [
          { id: 11, target: 'user', from: 'cn', to: 'name' },
          { id: 12, target: 'user', from: 'mail', to: 'email' },
          { id: 13, target: 'user', from: 'title', to: 'title' },
        ],
      },
    });
    await using _ = await stage.work();
    const first = await approved(stage, await synced(stage));
    assert.deepEqual([first.state, first.read_count], ['done', 1_000]);
    assert.equal((await synced(stage)).read_count, 0);
    assert.deepEqual([...pageSizes], [300]);

    await server.change([3, 4, 5]);
    await server.remove([9]);
    const changes = await synced(stage);

    assert.deepEqual(
      [changes.state, changes.did, changes.read_count, changes.planned_count],
      ['done', 'changes', 4, 4],
    );
    const all = await users(stage);
    assert.deepEqual(
      all.filter(({ inactive }) => inactive).map(({ email }) => email),
      valuesOf(9, 'mail'),
    );
    assert.equal((await synced(stage, { whole: true })).planned_count, 0);
  });
});

function valuesOf(at: number, attribute: string): readonly string[] {
  return personAt(at).attributes.find(([name]) => name === attribute)?.[1] ?? [];
}
