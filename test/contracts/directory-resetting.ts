// Resetting passwords and unlocking, as every directory promises it: signed in as the account with the guide's rights.
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import type { Account } from '#domain/account.ts';
import type { Directory } from '#domain/ports/directory.ts';
import { isLocked, obstacleTo, resetAttributes, usualResetRules } from '#domain/reset.ts';
import { Secret } from '#lib/secret.ts';
import { strictPolicy } from '#test/servers/password-policy.ts';
import type { Given } from './directory.ts';
import { aName, aNewAccount } from './directory-stage.ts';

export function directoryResetting({ stage }: Given): void {
  let directory: Directory;
  before(async () => {
    directory = await stage().open();
  });
  after(() => directory[Symbol.asyncDispose]());

  it('makes the new password the only one', async () => {
    const { account, dn, old } = await somebody();
    const password = aPassword();

    const written = await reset(account, password);

    assert.equal(written, 'written');
    assert.match(await stage().signsIn(dn, old.reveal()), /data 52e/);
    assert.equal(await stage().signsIn(dn, password.reveal()), 'yes');
    assert.notEqual((await look(account)).attributes.pwdLastSet?.[0], setAt(account));
  });

  it('can ask for another one at the next sign-in', async () => {
    const { account, dn } = await somebody();
    const password = aPassword();

    await reset(account, password, { mustChange: true });

    assert.match(await stage().signsIn(dn, password.reveal()), /data 773/);
    assert.equal(await directory.isPassword(account.id, password), true);
  });

  it('keeps every character of a password', async () => {
    const { account, dn } = await somebody();
    const password = new Secret('Ünïcode "quoted" \\ 密码 🌞 2');

    await reset(account, password);

    assert.equal(await stage().signsIn(dn, password.reveal()), 'yes');
  });

  it('refuses one that is short or simple, in one sentence without it, and keeps the old', async () => {
    const { account, dn, old } = await somebody();

    for (const [text, code] of [
      ['aB1-', /^password\.(refused|too-short)$/],
      ['nothingbutletters', /^password\.(refused|too-simple)$/],
    ] as const) {
      const refusal = await reset(account, new Secret(text)).catch((error: unknown) => error);
      assert.ok(refusal instanceof Error && 'code' in refusal);
      assert.match(String(refusal.code), code);
      assert.doesNotMatch(`${refusal.stack} ${JSON.stringify(refusal)}`, new RegExp(text));
    }
    assert.equal(await stage().signsIn(dn, old.reveal()), 'yes');
  });

  it('keeps old passwords out where it says that it does, and says so where it does not', async () => {
    const { account, old } = await somebody();
    await using _ = await strictPolicy(stage().server, [account.dn], { history: 3 });
    await reset(account, aPassword());
    const { enforcesHistory } = await directory.facts();

    const again = reset(await look(account), old);

    if (enforcesHistory) await assert.rejects(again, { code: /^password\.(refused|used-before)$/ });
    else assert.equal(await again, 'written');
  });

  it('lets a password be that somebody else has set since', async () => {
    const { account, dn } = await somebody();
    const others = aPassword();
    await stage().setPassword(dn, others);

    const written = await reset(account, aPassword());

    assert.equal(written, 'conflict');
    assert.equal(await stage().signsIn(dn, others.reveal()), 'yes');
  });

  it('unlocks an account that wrong passwords have locked, after a reset did not', async () => {
    const { account, dn, old } = await somebody();
    await using _ = await strictPolicy(stage().server, [dn], { lockoutThreshold: 3 });
    for (let tries = 0; tries < 3; tries += 1) await stage().signsIn(dn, 'Wrong-Every-Time-1');
    assert.match(await stage().signsIn(dn, old.reveal()), /data 775/);
    const locked = await look(account);
    const password = aPassword();

    await reset(locked, password);
    const stillLocked = await stage().signsIn(dn, password.reveal());
    const written = await directory.unlock(account.id, lockedAt(locked));

    assert.equal(isLocked(locked), true);
    assert.match(stillLocked, /data 775/);
    assert.equal(await directory.isPassword(account.id, password), true);
    assert.equal(written, 'written');
    assert.equal(await stage().signsIn(dn, password.reveal()), 'yes');
    assert.equal(isLocked(await look(account)), false);
    assert.equal(await directory.unlock(account.id, lockedAt(locked)), 'already-so');
  });

  it('does not lift a lock that came after the one that was seen', async () => {
    const { account, dn } = await somebody();
    await using _ = await strictPolicy(stage().server, [dn], { lockoutThreshold: 1 });
    await stage().signsIn(dn, 'Wrong-Every-Time-1');

    const written = await directory.unlock(account.id, '134000000000000000');

    assert.equal(written, 'conflict');
    assert.equal(isLocked(await look(account)), true);
  });

  it('tells a right password from a wrong one, and neither of a disabled account', async () => {
    const { account, dn, old } = await somebody();
    const disabled = await directory.createAccount(
      aNewAccount(stage().container, { enabled: false, password: old }),
    );

    assert.equal(await directory.isPassword(account.id, old), true);
    assert.equal(await directory.isPassword(account.id, aPassword()), false);
    assert.equal(await directory.isPassword(disabled.id, old), undefined);
    assert.equal(await stage().signsIn(dn, old.reveal()), 'yes');
  });

  it('names the right that is missing: to reset, to ask for a change, to unlock', async () => {
    const { account, dn } = await somebody();
    const outsider = aPassword();
    const who = await stage().addUser(aName());
    await stage().setPassword(who, outsider);
    await using other = await stage().open({ bindDn: who, password: outsider });
    await using _ = await strictPolicy(stage().server, [dn], { lockoutThreshold: 1 });
    await stage().signsIn(dn, 'Wrong-Every-Time-1');
    const locked = await look(account);
    const from = setAt(account);

    await assert.rejects(
      other.resetPassword(account.id, { password: aPassword(), from, mustChange: false }),
      { code: 'rights.missing', message: /"Reset Password".*active-directory-rights\.md/ },
    );
    await assert.rejects(other.unlock(account.id, lockedAt(locked)), {
      code: 'rights.missing',
      message: /lockoutTime.*active-directory-rights\.md/,
    });
  });

  it('writes no password over a connection that is not encrypted', async () => {
    const { administrator, ports } = stage().server;
    const { account, dn, old } = await somebody();
    const attempt = async () => {
      await using plain = await stage().open({
        port: ports.ldap,
        security: 'plain',
        bindDn: administrator.dn,
        password: administrator.password,
      });
      await plain.resetPassword(account.id, {
        password: aPassword(),
        from: setAt(account),
        mustChange: false,
      });
    };

    await assert.rejects(attempt, { code: 'tls.required' });
    assert.equal(await stage().signsIn(dn, old.reveal()), 'yes');
  });

  it('knows whom to leave alone: members of privileged groups however deep, and itself', async () => {
    const { account, dn } = await somebody();
    const { account: plain } = await somebody();
    const outer = await stage().addGroup(aName('group'), [dn]);
    const admins = `CN=Domain Admins,CN=Users,${stage().server.baseDn}`;
    const members = await stage().get(admins, 'member');
    await stage().set(admins, 'member', [...members, outer]);
    const query = { attribute: 'distinguishedName', values: [stage().server.service.dn] };
    const [own] = await directory.findByAttribute(query, resetAttributes);
    try {
      const ids = [account.id, plain.id, own?.id ?? ''];

      const guarded = await directory.findProtected(ids);

      assert.deepEqual(
        ids.map((id) => guarded.has(id)),
        [true, false, true],
      );
      const given = { isProtected: guarded.has(account.id), rules: usualResetRules };
      const obstacle = obstacleTo(await look(account), 'Somebody', given, new Date());
      assert.equal(obstacle?.code, 'reset.privileged');
    } finally {
      await stage().set(admins, 'member', members);
    }
  });

  it('has nothing to reset where the account is gone', async () => {
    const { account, dn } = await somebody();
    await stage().administrator.del(dn);

    await assert.rejects(reset(account, aPassword()), { code: 'object.missing' });
    await assert.rejects(directory.unlock(account.id, '1'), { code: 'object.missing' });
  });

  async function somebody(): Promise<{
    readonly account: Account;
    readonly dn: string;
    readonly old: Secret;
  }> {
    const old = aPassword();
    const asked = aNewAccount(stage().container, { mustChangePassword: false, password: old });
    const { id, dn } = await directory.createAccount(asked);
    return { account: await lookFor(id), dn, old };
  }

  function look({ id }: Account): Promise<Account> {
    return lookFor(id);
  }

  async function lookFor(id: string): Promise<Account> {
    const found = (await directory.findAccounts([id], resetAttributes)).get(id);
    if (found === undefined) throw new Error('the account is not there');
    return found;
  }

  function reset(account: Account, password: Secret, { mustChange = false } = {}) {
    return directory.resetPassword(account.id, { password, from: setAt(account), mustChange });
  }
}

function aPassword(): Secret {
  return new Secret(`Larkfield-${aName()}-A1`);
}

function setAt({ attributes }: Account): string {
  return attributes.pwdLastSet?.[0] ?? '0';
}

function lockedAt({ attributes }: Account): string {
  return attributes.lockoutTime?.[0] ?? '0';
}
