// The doctor as a command, on a hub whose directories are a real Active Directory: which rights are missing there.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { openLdapDirectory } from '#connectors/ldap/directory.ts';
import { Secret } from '#lib/secret.ts';
import { aName, aStage, type Stage } from '#test/contracts/directory-stage.ts';
import { sundog } from '#test/servers/command-line.ts';
import { aHub, type RunningHub } from '#test/servers/hub.ts';
import { samba, withoutSamba } from '#test/servers/samba.ts';
import { connectDirectory, joinHub, starters } from '#test/servers/starters.ts';

const Findings = z.array(z.object({ ok: z.boolean(), what: z.string(), sentence: z.string() }));

describe('The doctor, asked about a directory', { skip: withoutSamba() }, () => {
  let hub: RunningHub;
  let place: Stage;
  before(async () => {
    place = await aStage(await samba(), openLdapDirectory);
    await place.addUser('Somebody');
    hub = await aHub({ lab: true });
  });
  after(async () => {
    await hub?.[Symbol.asyncDispose]();
    await place?.[Symbol.asyncDispose]();
  });

  it('finds nothing missing with the rights of the guide, and says that history is passed by', async () => {
    await connected('Samba of the guide', place.server.service);

    const { code, printed } = await sundog(hub, 'doctor', '--json');

    const said = Findings.parse(JSON.parse(printed)).filter(({ what }) =>
      /of the guide/.test(what),
    );
    assert.equal(code, 0, printed);
    assert.deepEqual(
      said.map(({ ok }) => ok),
      [true, true],
    );
    assert.match(said[1]?.sentence ?? '', /history of passwords/);
  });

  it('names every right that is missing, how to delegate it, and exits 1', async () => {
    const password = new Secret(`Larkfield-${aName()}-A1`);
    const dn = await place.addUser(aName());
    await place.setPassword(dn, password);
    await connected('Samba of nobody', { dn, password });

    const { code, printed, complained } = await sundog(hub, 'doctor', '--json');

    const wrong = Findings.parse(JSON.parse(printed)).filter(({ ok }) => !ok);
    const sentences = wrong.map(({ sentence }) => sentence);
    assert.equal(code, 1);
    assert.ok(wrong.every(({ what }) => what === 'connection Samba of nobody'));
    for (const right of [/create users/, /"Reset Password"/, /lockoutTime/, /pwdLastSet/]) {
      assert.ok(
        sentences.some((sentence) => right.test(sentence) && /rights\.md/.test(sentence)),
        String(right),
      );
    }
    assert.ok(!`${printed}${complained}`.includes(password.reveal()));
  });

  async function connected(
    name: string,
    service: { readonly dn: string; readonly password: Secret },
  ): Promise<void> {
    await using joined = await joinHub(hub);
    const server = { ...place.server, service };
    const directoryConnectionId = await connectDirectory(joined, server, name);
    const prefix = aName('d').replace('-', '');
    await starters(joined, {
      ...{ count: 1, prefix, container: place.container, directoryConnectionId },
    });
  }
});
