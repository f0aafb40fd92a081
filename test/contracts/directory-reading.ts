// The contract of reading a directory: complete, exact, and blind to nothing.
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import type { Account } from '#domain/account.ts';
import type { Directory } from '#domain/ports/directory.ts';
import { childDn, sameDn } from '#lib/dn.ts';
import type { Given } from './directory.ts';
import { aName } from './directory-stage.ts';

/** Every character that means something in a DN or in a filter. */
export const specialName = 'Doe, Jane (x)*\\ #é,+;<>="/';

export function directoryReading({ stage }: Given): void {
  let directory: Directory;
  before(async () => {
    directory = await stage().open({ pageSize: 10 });
  });
  after(() => directory[Symbol.asyncDispose]());

  it('says its naming context, its domain and the server that answers', async () => {
    const facts = await directory.facts();

    assert.ok(sameDn(facts.baseDn, stage().server.baseDn));
    assert.equal(facts.dnsDomain, 'ad.larkfield.test');
    assert.match(facts.server, /\.ad\.larkfield\.test$/i);
    assert.equal(facts.activeDirectory, true);
  });

  it('gives every account below a container once, page after page', async () => {
    const unit = await aUnit();
    const added = await Promise.all(range(25).map((n) => addTo(unit, `Reader ${n}`)));

    const pages = await all(directory.readAccounts({ bases: [unit], attributes: [] }));

    assert.ok(pages.length > 1, 'it came in one page');
    const accounts = pages.flat();
    assert.deepEqual(accounts.map(({ dn }) => dn).toSorted(), added.toSorted());
    assert.equal(new Set(accounts.map(({ id }) => id)).size, 25);
    for (const { id } of accounts) assert.match(id, /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
  });

  it('gives an account once even where two of the containers overlap', async () => {
    const unit = await aUnit();
    await addTo(unit, 'Only Once');

    const bases = [unit, stage().container, unit.toLowerCase()];
    const pages = await all(directory.readAccounts({ bases, attributes: [] }));

    const times = pages.flat().filter(({ dn }) => dn.startsWith('CN=Only Once'));
    assert.equal(times.length, 1);
  });

  it('ends a read of a container that holds nobody, having given nobody', async () => {
    const pages = await all(directory.readAccounts({ bases: [await aUnit()], attributes: [] }));

    assert.deepEqual(pages.flat(), []);
  });

  it('stops the read of a container that is not there, instead of finding it empty', async () => {
    const bases = [childDn('OU', 'Never There', stage().container)];

    await assert.rejects(all(directory.readAccounts({ bases, attributes: [] })), {
      code: 'container.missing',
    });
  });

  it('reads attributes in the spelling they were asked for, absent ones as no value', async () => {
    const dn = await stage().addUser('Ines Marlow', {
      department: 'Quality',
      proxyAddresses: ['SMTP:ines@larkfield.test', 'smtp:ines.marlow@larkfield.test'],
    });

    const account = await accountAt(dn, ['department', 'proxyaddresses', 'title']);

    assert.deepEqual(account.attributes.department, ['Quality']);
    assert.equal(account.attributes.proxyaddresses?.length, 2);
    assert.deepEqual(account.attributes.title ?? [], []);
  });

  it('reads whether an account is enabled and when it was created', async () => {
    const open = await accountAt(await stage().addUser('Enabled Person'));
    const shut = await accountAt(
      await stage().addUser('Disabled Person', { userAccountControl: '546' }),
    );

    assert.deepEqual([open.enabled, shut.enabled], [true, false]);
    assert.ok(open.createdAt instanceof Date);
    assert.ok(Math.abs(open.createdAt.getTime() - Date.now()) < 3_600_000);
  });

  it('reads a photo as base64, byte for byte', async () => {
    const photo = Buffer.from(range(256));
    const { dn, id } = await accountAt(await stage().addUser('Pictured Person'));
    await directory.updateAccount(id, {}, { thumbnailPhoto: [photo.toString('base64')] });

    const account = await accountAt(dn, ['thumbnailPhoto']);

    assert.deepEqual(account.attributes.thumbnailPhoto, [photo.toString('base64')]);
  });

  it('finds the accounts of immutable ids, and leaves out one that is gone', async () => {
    const unit = await aUnit();
    await Promise.all(range(12).map((n) => addTo(unit, `Known ${n}`)));
    const ids = (await all(directory.readAccounts({ bases: [unit], attributes: [] })))
      .flat()
      .map(({ id }) => id);
    const gone = '00000000-0000-4000-8000-00000000dead';

    const found = await directory.findAccounts([...ids, gone], ['cn']);

    assert.deepEqual([...found.keys()].toSorted(), ids.toSorted());
    for (const id of ids) assert.match(found.get(id)?.attributes.cn?.[0] ?? '', /^Known \d+$/);
  });

  it('finds nobody for an id that is none', async () => {
    assert.equal((await directory.findAccounts(['*', ''], [])).size, 0);
  });

  it('finds a person whose name is full of characters that mean something', async () => {
    const dn = await stage().addUser(specialName, { description: `*(${specialName})` });

    const byName = await directory.findByAttribute(
      { attribute: 'description', values: [`*(${specialName})`] },
      ['cn'],
    );

    assert.deepEqual(
      byName.map((account) => account.attributes.cn),
      [[specialName]],
    );
    assert.ok(sameDn(byName[0]?.dn ?? '', dn));
    assert.deepEqual([...(await taken('cn', [specialName], stage().container))], [specialName]);
  });

  it('takes a star or a bracket in a value for what it is', async () => {
    const values = ['*', '*)(objectClass=*', '\\2a'];

    const found = await directory.findByAttribute({ attribute: 'sAMAccountName', values }, []);

    assert.deepEqual(found, []);
  });

  it('finds accounts whose names are accented, whatever their case', async () => {
    const name = `Zoë Müller ${aName()}`;
    const dn = await stage().addUser('Zoë Müller', { displayName: name });

    const found = await directory.findByAttribute(
      { attribute: 'displayName', values: [name.toUpperCase()] },
      [],
    );

    assert.deepEqual(
      found.map((account) => account.dn),
      [dn],
    );
  });

  it('tells the groups an account is directly in, its primary group among them', async () => {
    const dn = await stage().addUser('Group Person');
    const inner = await stage().addGroup(aName('inner'), [dn]);
    const outer = await stage().addGroup(aName('outer'), [inner]);

    const { groupIds } = await accountAt(dn);

    const groups = await directory.findGroups([inner, outer, 'Domain Users']);
    assert.deepEqual(
      groupIds.toSorted(),
      [groups.get(inner)?.id, groups.get('Domain Users')?.id].toSorted(),
    );
  });

  it('tells which names are taken, whatever their case, among more than fit one question', async () => {
    const sam = aName();
    await stage().addUser('Taken One', {
      sAMAccountName: sam,
      userPrincipalName: `${sam}@larkfield.test`,
      proxyAddresses: [`SMTP:${sam}@larkfield.test`],
    });
    const free = range(250).map((n) => `free-${n}-${sam}`);

    assert.deepEqual(
      [...(await taken('sAMAccountName', [...free, sam.toUpperCase()]))],
      [sam.toUpperCase()],
    );
    assert.deepEqual(
      [...(await taken('userPrincipalName', [`${sam}@larkfield.test`, 'no@one']))],
      [`${sam}@larkfield.test`],
    );
    assert.deepEqual(
      [...(await taken('proxyAddresses', [`smtp:${sam}@larkfield.test`]))],
      [`smtp:${sam}@larkfield.test`],
    );
  });

  it('counts a name as taken when it belongs to a group, and a cn in its container only', async () => {
    const name = aName('shared');
    await stage().addGroup(name);

    assert.deepEqual([...(await taken('sAMAccountName', [name]))], [name]);
    assert.deepEqual([...(await taken('cn', [name], stage().groups))], [name]);
    assert.deepEqual([...(await taken('cn', [name], stage().container))], []);
  });

  it('asks nothing when no names are given', async () => {
    assert.equal((await taken('sAMAccountName', [])).size, 0);
    assert.equal((await directory.findGroups([])).size, 0);
    assert.equal((await directory.findProtected([])).size, 0);
  });

  it('finds groups by DN, log-on name or common name, and leaves out what is no group', async () => {
    const name = aName('Optics, Lab');
    const dn = childDn('CN', name, stage().groups);
    const logOnName = aName('sam');
    await stage().administrator.add(dn, { objectClass: 'group', sAMAccountName: logOnName });
    const person = await stage().addUser('Not A Group');

    const groups = await directory.findGroups([dn, logOnName, name, 'no such group', person]);

    assert.deepEqual([...groups.keys()].toSorted(), [dn, logOnName, name].toSorted());
    assert.equal(new Set([...groups.values()].map(({ id }) => id)).size, 1);
    assert.equal(groups.get(dn)?.name, name);
    assert.equal(groups.get(dn)?.protected, false);
  });

  it('refuses a group name that two groups share, instead of choosing one', async () => {
    const name = aName('twice');
    await stage().addGroup(name);
    const elsewhere = childDn('CN', name, stage().container);
    await stage().administrator.add(elsewhere, { objectClass: 'group', sAMAccountName: aName() });
    const other = aName('other');
    const shared = childDn('CN', other, stage().groups);
    const again = childDn('CN', other, stage().container);
    for (const dn of [shared, again]) {
      await stage().administrator.add(dn, { objectClass: 'group', sAMAccountName: aName() });
    }

    assert.ok(
      sameDn(
        (await directory.findGroups([name])).get(name)?.dn ?? '',
        `CN=${name},${stage().groups}`,
      ),
    );
    await assert.rejects(directory.findGroups([other]), { code: 'value.refused' });
  });

  it('says which groups are protected: the privileged ones and those nested in them', async () => {
    const nested = await stage().addGroup(aName('nested'));
    const deeper = await stage().addGroup(aName('deeper'));
    await join(nested, 'Account Operators');
    await stage().set(nested, 'member', [deeper]);

    const groups = await directory.findGroups(['Domain Admins', 'Domain Users', nested, deeper]);

    const verdicts = ['Domain Admins', 'Domain Users', nested, deeper].map(
      (name) => groups.get(name)?.protected,
    );
    assert.deepEqual(verdicts, [true, false, true, true]);
  });

  it('says which accounts are protected, however they came to it', async () => {
    const ordinary = await stage().addUser('Ordinary Person');
    const marked = await stage().addUser('Marked Person', { adminCount: '1' });
    const nested = await stage().addUser('Nested Person');
    await join(await stage().addGroup(aName('nested'), [nested]), 'Server Operators');
    const people = await Promise.all([ordinary, marked, nested].map((dn) => accountAt(dn)));
    const known = await directory.findByAttribute(
      { attribute: 'sAMAccountName', values: ['Administrator', 'krbtgt', 'Guest'] },
      [],
    );
    const asked = [...people, ...known].map(({ id }) => id);

    const found = await directory.findProtected(asked);

    assert.equal(known.length, 3);
    assert.deepEqual([...found].toSorted(), asked.slice(1).toSorted());
  });

  it('says whether a container exists, and does not take a person for one', async () => {
    const person = await stage().addUser('No Container');

    const answers = await Promise.all(
      [stage().container, `OU=Nowhere,${stage().container}`, person, 'not a DN', ''].map((dn) =>
        directory.containerExists(dn),
      ),
    );

    assert.deepEqual(answers, [true, false, false, false, false]);
  });

  async function aUnit(): Promise<string> {
    const dn = childDn('OU', aName('unit'), stage().container);
    await stage().administrator.add(dn, { objectClass: 'organizationalUnit' });
    return dn;
  }

  async function addTo(unit: string, cn: string): Promise<string> {
    const dn = childDn('CN', cn, unit);
    await stage().administrator.add(dn, { objectClass: 'user', sAMAccountName: aName() });
    return dn;
  }

  async function accountAt(dn: string, attributes: readonly string[] = []): Promise<Account> {
    const pages = await all(directory.readAccounts({ bases: [dn], attributes }));
    const [account] = pages.flat();
    assert.ok(account, `nobody at ${dn}`);
    return account;
  }

  function taken(attribute: string, values: readonly string[], container?: string) {
    return directory.findTaken({ attribute, values, ...(container ? { container } : {}) });
  }

  /** Makes the group a member of a privileged one; the stage's end deletes it and with it the link. */
  async function join(group: string, privileged: string): Promise<void> {
    const container = `CN=Builtin,${stage().server.baseDn}`;
    const dn = childDn('CN', privileged, container);
    await stage().set(dn, 'member', [...(await stage().get(dn, 'member')), group]);
  }
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n);
}

async function all<T>(pages: AsyncIterable<T>): Promise<T[]> {
  return Array.fromAsync(pages);
}
