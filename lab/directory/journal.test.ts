// What the lab's directory remembers: everything it confirmed, through every way of ending.
import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { administrator } from '#test/servers/directory-server.ts';
import { type LabDirectoryServer, labDirectory } from '#test/servers/lab-directory.ts';
import { add, read, replace } from '#test/servers/ldap-client.ts';

const dn = 'CN=Kept,OU=Porto,OU=People,DC=ad,DC=larkfield,DC=test';

describe('The lab directory’s journal', () => {
  it('brings back accounts, links, identities and passwords after a restart', async () => {
    await using first = await labDirectory();
    const before = await aKeptAccount(first);
    await using second = await first.restarted();

    await using client = await administrator(second);

    assert.deepEqual(await facts(client), before);
    assert.deepEqual(await read(client, `CN=Quality,${second.groups}`, 'description'), ['kept']);
  });

  it('gives nobody a security identifier that somebody had', async () => {
    await using first = await labDirectory();
    const { sid } = await aKeptAccount(first);
    await using deleting = await administrator(first);
    await deleting.del(dn);
    await using second = await first.restarted();

    const again = await aKeptAccount(second);

    assert.notDeepEqual(again.sid, sid);
  });

  it('drops a last line that a crash cut short, which nobody was told of', async () => {
    await using first = await labDirectory();
    const before = await aKeptAccount(first);
    appendFileSync(fileOf(first), '{"put":[{"id":"');
    await using second = await first.restarted();

    await using client = await administrator(second);
    await client.modify(dn, replace('title', 'Still writing'));
    await using third = await second.restarted();

    await using again = await administrator(third);
    assert.deepEqual((await facts(again)).guid, before.guid);
    assert.deepEqual(await read(again, dn, 'title'), ['Still writing']);
  });

  it('refuses to start on a line that makes no sense, and says which', async () => {
    await using server = await labDirectory();
    await aKeptAccount(server);
    const lines = readFileSync(fileOf(server), 'utf8').split('\n');
    writeFileSync(fileOf(server), [lines[0], '{"nonsense":true}', ...lines.slice(1)].join('\n'));

    await assert.rejects(server.restarted(), /Line 2 of .*directory\.journal cannot be read/);
  });

  it('is shortened at a start when it has grown long, and says the same', async () => {
    await using first = await labDirectory();
    const before = await aKeptAccount(first);
    const [line] = readFileSync(fileOf(first), 'utf8').trimEnd().split('\n').slice(-1);
    appendFileSync(fileOf(first), `${line}\n`.repeat(1_100));
    const long = statSync(fileOf(first)).size;
    await using second = await first.restarted();

    await using client = await administrator(second);

    assert.ok(statSync(fileOf(second)).size < long / 2);
    assert.deepEqual(await facts(client), before);
  });

  it('keeps its files from everybody else', async () => {
    await using server = await labDirectory();

    assert.equal(statSync(fileOf(server)).mode & 0o777, 0o600);
    for (const file of ['authority.key', 'server.key']) {
      assert.equal(statSync(join(server.folder, 'certificates', file)).mode & 0o777, 0o600);
    }
  });

  async function aKeptAccount(server: LabDirectoryServer) {
    await using client = await administrator(server);
    await client.add(dn, { objectClass: 'user', sAMAccountName: 'kept', title: 'Keeper' });
    await client.modify(`CN=Quality,${server.groups}`, [
      add('member', dn),
      replace('description', 'kept'),
    ]);
    return await facts(client);
  }

  async function facts(client: Awaited<ReturnType<typeof administrator>>) {
    return {
      guid: await read(client, dn, 'objectGUID'),
      sid: await read(client, dn, 'objectSid'),
      title: await read(client, dn, 'title'),
      groups: await read(client, dn, 'memberOf'),
    };
  }

  function fileOf({ folder }: LabDirectoryServer): string {
    return join(folder, 'directory.journal');
  }
});
