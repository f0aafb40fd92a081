// A sync makes no user of the account that it reads with, whichever way that signs in.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openLdapScanner } from '#connectors/ldap/scanner.ts';
import { Secret } from '#lib/secret.ts';
import { aSlapd, withoutSlapd } from '#test/servers/slapd.ts';
import { companyLdif, people, personLdif, root } from '#test/servers/slapd-company.ts';
import { aSyncStage, synced, users } from '#test/sync/stage.ts';

describe('The service account of a sync', { skip: withoutSlapd() }, () => {
  for (const authentication of ['simple', 'certificate'] as const) {
    it(`becomes no user where it signs in by ${authentication === 'simple' ? 'password' : 'certificate'}`, async () => {
      // A sync finds persons, and an account to sign in with may be one.
      const person = [
        'objectClass: organizationalRole',
        'sn: Sundog\nobjectClass: person',
      ] as const;
      await using server = await aSlapd(companyLdif(personLdif('ines')).replace(...person));
      const { key, cert } = await server.issueClient('svc-certificate');
      const byPassword = authentication === 'simple';
      const address = {
        ...{ host: server.host, port: server.ports.ldaps, caPem: server.caPem, authentication },
        ...{ bindDn: byPassword ? server.service.dn : '' },
        security: 'ldaps',
        allowance: { lab: true, confirmed: [], networks: [] },
      } as const;
      const secret = byPassword ? server.service.password : new Secret(`${cert}\n${key}`);
      const place = { target: 'user', siteId: 1, filter: '(|(uid=ines)(cn=svc-sundog))' };
      await using stage = await aSyncStage({
        open: () => openLdapScanner(address, secret),
        settings: {
          places: [
            { ...place, id: 1, dn: people },
            { ...place, id: 2, dn: root },
          ],
          fields: [{ id: 11, target: 'user', from: 'cn', to: 'name' }],
        },
      });
      await using _ = await stage.work();

      const run = await synced(stage);

      assert.deepEqual([run.state, run.read_count], ['done', 2], run.sentence ?? '');
      assert.deepEqual(
        (await users(stage)).map(({ name }) => name),
        ['ines'],
      );
    });
  }
});
