// Stricter rules for passwords for a while: a fine-grained policy in Samba, the domain's own in the lab's directory.
import { randomBytes } from 'node:crypto';
import { Attribute, Change } from 'ldapts';
import { administrator, type DirectoryServer } from './directory-server.ts';

export type Strictness = {
  /** Wrong tries that lock an account. */
  readonly lockoutThreshold?: number;
  readonly history?: number;
  readonly minAgeDays?: number;
};

const day = 864_000_000_000n;
const halfAnHour = '-18000000000';

/** Holds these accounts to it until it is disposed; the lab's directory holds everybody to it. */
export async function strictPolicy(
  server: DirectoryServer,
  dns: readonly string[],
  { lockoutThreshold = 0, history = 3, minAgeDays = 0 }: Strictness,
): Promise<AsyncDisposable> {
  const age = String(BigInt(-minAgeDays) * day);
  await using client = await administrator(server);
  if (!server.finePolicies) {
    const set = async (values: Readonly<Record<string, string>>) => {
      await using again = await administrator(server);
      const changes = Object.entries(values).map(
        ([type, value]) =>
          new Change({
            operation: 'replace',
            modification: new Attribute({ type, values: [value] }),
          }),
      );
      await again.modify(server.baseDn, changes);
    };
    await set({
      lockoutThreshold: String(lockoutThreshold),
      pwdHistoryLength: String(history),
      minPwdAge: age,
    });
    const usual = { lockoutThreshold: '0', pwdHistoryLength: '24', minPwdAge: '0' };
    return { [Symbol.asyncDispose]: () => set(usual) };
  }
  const name = `policy-${randomBytes(5).toString('hex')}`;
  const dn = `CN=${name},CN=Password Settings Container,CN=System,${server.baseDn}`;
  await client.add(dn, {
    objectClass: 'msDS-PasswordSettings',
    'msDS-PasswordSettingsPrecedence': '10',
    'msDS-PasswordReversibleEncryptionEnabled': 'FALSE',
    'msDS-PasswordHistoryLength': String(history),
    'msDS-PasswordComplexityEnabled': 'TRUE',
    'msDS-MinimumPasswordLength': '7',
    'msDS-MinimumPasswordAge': age,
    'msDS-MaximumPasswordAge': '-36288000000000',
    'msDS-LockoutThreshold': String(lockoutThreshold),
    'msDS-LockoutObservationWindow': halfAnHour,
    'msDS-LockoutDuration': halfAnHour,
    'msDS-PSOAppliesTo': [...dns],
  });
  return {
    async [Symbol.asyncDispose]() {
      await using again = await administrator(server);
      await again.del(dn);
    },
  };
}
