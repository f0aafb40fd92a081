import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addressOf, aName, aStage } from '#test/contracts/directory-stage.ts';
import { samba, withoutSamba } from '#test/servers/samba.ts';
import { aScriptedLdap, type Heard, type Line } from '#test/servers/scripted-ldap.ts';
import { openLdapDirectory } from './directory.ts';
import { openSession } from './session.ts';
import { findTaken } from './taken.ts';

const configuration = 'CN=Configuration,DC=larkfield,DC=test';

describe('In a forest of several domains', () => {
  it('a principal name or mail address of another domain is taken, a log-on name is not', async () => {
    await using catalog = await aScriptedLdap(({ operation, base, filter }) => {
      if (operation !== 0x63 || base !== '' || !filter.includes('ines@')) return undefined;
      const attribute = filter.includes('proxyaddresses') ? 'proxyAddresses' : 'userPrincipalName';
      const held = attribute === 'proxyAddresses' ? 'smtp:ines@x.test' : 'ines@x.test';
      const dn = 'CN=Ines,DC=porto,DC=larkfield,DC=test';
      return [{ entry: dn, values: { [attribute]: [held] } }, { done: 0 }];
    });
    await using server = await aScriptedLdap(domains(2));
    const address = { ...server.address, catalogPort: catalog.address.port };
    await using directory = await openLdapDirectory(address, server.password);
    const taken = async (attribute: string, value: string) =>
      (await directory.findTaken({ attribute, values: [value, 'free'] })).size;

    assert.equal(await taken('userPrincipalName', 'ines@x.test'), 1);
    assert.equal(await taken('proxyAddresses', 'smtp:ines@x.test'), 1);
    assert.equal(await taken('sAMAccountName', 'ines@x.test'), 0);
  });

  it('no name is called free while the catalog cannot be asked', async () => {
    await using server = await aScriptedLdap(domains(2));
    const address = { ...server.address, catalogPort: 1 };
    await using directory = await openLdapDirectory(address, server.password);
    const query = { attribute: 'userPrincipalName', values: ['ines@x.test'] };

    await assert.rejects(directory.findTaken(query), {
      code: 'directory.unreachable',
      message: /several domains.*global catalog \(127\.0\.0\.1:1\)/,
    });
  });

  it('the catalog is left alone where the domain is the only one', async () => {
    await using server = await aScriptedLdap(domains(1));
    const address = { ...server.address, catalogPort: 1 };
    await using directory = await openLdapDirectory(address, server.password);
    const query = { attribute: 'userPrincipalName', values: ['ines@x.test'] };

    assert.equal((await directory.findTaken(query)).size, 0);
  });

  it('a real catalog is asked for the whole forest at once', { skip: withoutSamba() }, async () => {
    await using stage = await aStage(await samba(), openLdapDirectory);
    const { password } = stage.server.service;
    const userPrincipalName = `${aName()}@larkfield.test`;
    await stage.addUser('Forest Person', { userPrincipalName });
    const address = addressOf(stage.server);
    await using domain = await openSession(address, password);
    await using catalog = await openSession({ ...address, port: 3269 }, password);
    const elsewhere = { ...domain, root: { ...domain.root, baseDn: stage.groups } };
    const forest = { catalog: async () => catalog, async [Symbol.asyncDispose]() {} };
    const query = { attribute: 'userPrincipalName', values: [userPrincipalName, 'free@x.test'] };

    const taken = await findTaken(elsewhere, forest, query);

    assert.deepEqual([...taken], [userPrincipalName]);
  });
});

/** A directory whose forest has that many domains, and in which nobody has any name. */
function domains(count: number) {
  return ({ operation, base, filter }: Heard): readonly Line[] | undefined => {
    if (operation !== 0x63) return undefined;
    if (base === '') {
      const defaultNamingContext = ['DC=larkfield,DC=test'];
      const configurationNamingContext = [configuration];
      const values = { defaultNamingContext, configurationNamingContext };
      return [{ entry: '', values }, { done: 0 }];
    }
    if (base !== `CN=Partitions,${configuration}`) return nobody(base, filter);
    const partitions = Array.from({ length: count }, (_, n) => ({
      entry: `CN=DOMAIN${n},${base}`,
      values: { nCName: [`DC=d${n}`] },
    }));
    return [...partitions, { done: 0 }];
  };
}

/** The base itself is there when the connection looks for it; names are nobody's. */
function nobody(base: string, filter: string): readonly Line[] {
  if (filter.includes('@')) return [{ done: 0 }];
  return [{ entry: base, values: { objectClass: ['top'] } }, { done: 0 }];
}
