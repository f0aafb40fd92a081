// Whoever moves while a sync reads everybody has not left.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Attribute, Change, Client } from 'ldapts';
import { openLdapScanner } from '#connectors/ldap/scanner.ts';
import type { ScannedDirectory } from '#features/directories/ports.ts';
import { aSlapd, type Slapd, withoutSlapd } from '#test/servers/slapd.ts';
import { companyLdif, groupLdif, groups, personLdif, root } from '#test/servers/slapd-company.ts';
import { aSyncStage, type SyncStage, synced, users } from '#test/sync/stage.ts';

const lisbon = `ou=Lisbon,${root}`;
const porto = `ou=Porto,${root}`;

const unit = (ou: string) => `dn: ou=${ou},${root}\nobjectClass: organizationalUnit\nou: ${ou}`;
const nobody = async () => {};

describe('While a sync reads everybody', { skip: withoutSlapd() }, () => {
  let server: Slapd;
  let administrator: Client;
  before(async () => {
    server = await aSlapd(
      companyLdif(
        ...['Lisbon', 'Porto'].map(unit),
        ...['ana', 'ines', 'maya'].map((uid) => personLdif(uid, porto)),
        ...['nora', 'theo'].map((uid) => personLdif(uid, lisbon)),
        groupLdif('Staff', [`uid=nora,${lisbon}`, `uid=theo,${lisbon}`]),
      ),
    );
    administrator = new Client({ url: `ldap://127.0.0.1:${server.ports.ldap}` });
    await administrator.bind(`cn=admin,${root}`, 'Larkfield-Admin-1');
  });
  after(async () => {
    await administrator?.unbind();
    await server?.[Symbol.asyncDispose]();
  });

  type Scene = {
    readonly stage: SyncStage;
    /** What happens as that page of that place has been read; the first are 0. */
    afterPage: (place: string, page: number) => Promise<void>;
  };

  async function withScene(
    places: readonly { readonly dn: string; readonly kind?: 'group' }[],
    work: (scene: Scene) => Promise<void>,
  ): Promise<void> {
    const bent = { afterPage: nobody as Scene['afterPage'] };
    const bend = (scanned: ScannedDirectory): ScannedDirectory => ({
      ...scanned,
      async *scan(query, signal) {
        let page = 0;
        for await (const each of scanned.scan(query, signal)) {
          yield each;
          await bent.afterPage(query.base, page);
          page += 1;
        }
      },
    });
    await using stage = await aSyncStage({
      async open() {
        const address = {
          ...{ host: server.host, port: server.ports.ldaps, caPem: server.caPem },
          ...{ bindDn: server.service.dn, pageSize: 1 },
          security: 'ldaps',
          allowance: { lab: true, confirmed: [], networks: [] },
        } as const;
        return bend(await openLdapScanner(address, server.service.password));
      },
      settings: {
        places: places.map((place, at) => ({ id: at + 1, target: 'user', siteId: 1, ...place })),
        fields: [{ id: 11, target: 'user', from: 'uid', to: 'name' }],
      },
    });
    await using _ = await stage.work();
    await work(Object.assign(bent, { stage }));
  }
  const active = async ({ stage }: Scene) =>
    (await users(stage)).filter(({ inactive }) => !inactive).map(({ name }) => name);

  it('who moves into a place that was read already is still there', async () => {
    await withScene([{ dn: lisbon }, { dn: porto }], async (scene) => {
      await synced(scene.stage);
      scene.afterPage = async (place, page) => {
        // As Lisbon has been read, and before Porto is.
        if (place !== lisbon || page !== 0) return;
        await administrator.del(`uid=ana,${porto}`);
        await administrator.modifyDN(`uid=maya,${porto}`, `uid=maya,${lisbon}`);
      };

      const run = await synced(scene.stage, { whole: true });

      assert.deepEqual([run.state, run.read_count], ['done', 4], run.sentence ?? '');
      assert.deepEqual(await active(scene), ['ines', 'maya', 'nora', 'theo']);
      scene.afterPage = nobody;
      assert.equal((await synced(scene.stage, { whole: true })).planned_count, 0);
    });
  });

  it('who is renamed is still a member of their group', async () => {
    const staff = `cn=Staff,${groups}`;
    await withScene([{ dn: staff, kind: 'group' }], async (scene) => {
      await synced(scene.stage);
      scene.afterPage = async (_, page) => {
        if (page !== 0) return;
        // Which of the two was read first is the group's to say.
        for (const uid of ['nora', 'theo']) {
          await administrator.modifyDN(`uid=${uid},${lisbon}`, `uid=${uid}2`);
        }
        const values = ['nora2', 'theo2'].map((uid) => `uid=${uid},${lisbon}`);
        const modification = new Attribute({ type: 'member', values });
        await administrator.modify(staff, new Change({ operation: 'replace', modification }));
      };

      const run = await synced(scene.stage, { whole: true });

      assert.deepEqual([run.state, run.read_count], ['done', 2], run.sentence ?? '');
      assert.equal((await active(scene)).length, 2);
    });
  });
});
