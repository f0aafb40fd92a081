// The lab's refusals beside Samba's: the same code for the same request, save where the table says Samba differs.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ResultCodeError } from 'ldapts';
import { administrator, type DirectoryServer, signedIn } from '#test/servers/directory-server.ts';
import { labDirectory } from '#test/servers/lab-directory.ts';
import { add, addWithPassword, control } from '#test/servers/ldap-client.ts';
import { samba, withoutSamba } from '#test/servers/samba.ts';
import { type Manner, manners, type Scene } from './directory-manners.ts';
import { aName } from './directory-stage.ts';

describe('The refusals of Active Directory', () => {
  it('are those of the lab', async () => {
    await using server = await labDirectory();

    const answers = await answersOf(server);

    assert.deepEqual(
      answers,
      expected(({ lab }) => lab),
    );
  });

  it('are those of Samba, save where it is known to differ', { skip: withoutSamba() }, async () => {
    const answers = await answersOf(await samba());

    assert.deepEqual(
      answers,
      expected(({ lab, samba: other = lab }) => other),
    );
  });
});

function expected(code: (manner: Manner) => number): Record<string, number> {
  return Object.fromEntries(manners.map((manner) => [manner.asked, code(manner)]));
}

/** Asks everything, in order, in a unit of its own. */
async function answersOf(server: DirectoryServer): Promise<Record<string, number>> {
  await using client = await administrator(server);
  await using service = await signedIn(server, server.service);
  const unit = await aUnit(client, server);
  const scene: Scene = { server, administrator: client, service, unit };
  const answers: Record<string, number> = {};
  for (const { asked, ask } of manners) answers[asked] = await codeOf(ask(scene));
  await client.del(unit, control('1.2.840.113556.1.4.805'));
  return answers;
}

async function aUnit(client: Scene['administrator'], { people }: DirectoryServer): Promise<string> {
  const unit = `OU=${aName('manners')},${people}`;
  await client.add(unit, { objectClass: 'organizationalUnit' });
  await addWithPassword(client, `CN=Person,${unit}`, {
    objectClass: 'user',
    sAMAccountName: aName(),
    userPrincipalName: 'person@manners.test',
    userAccountControl: '512',
    unicodePwd: 'Interferometer-7',
    title: 'Engineer',
  });
  await client.add(`CN=Other,${unit}`, { objectClass: 'user', sAMAccountName: aName() });
  await client.add(`CN=Club,${unit}`, { objectClass: 'group', sAMAccountName: aName() });
  await client.modify(`CN=Club,${unit}`, add('member', `CN=Person,${unit}`));
  return unit;
}

async function codeOf(work: Promise<unknown>): Promise<number> {
  try {
    await work;
    return 0;
  } catch (error) {
    if (error instanceof ResultCodeError) return error.code;
    throw error;
  }
}
