// What the directory says of itself, and of the naming context that is worked in.
import { DirectoryRefusal } from '#domain/ports/directory.ts';
import { isWithin, parseDn, sameDn } from '#lib/dn.ts';
import type { Connection } from './connection.ts';
import { textsOf } from './entry.ts';
import { readBase } from './read-base.ts';
import { missing } from './unread.ts';

/** What the directory says of itself (its rootDSE, RFC 4512 §5.1). */
export type Root = {
  readonly baseDn: string;
  /** The naming context that holds it, as far as the service account sees it: groups and changes are sought there. */
  readonly context: string;
  readonly dnsDomain: string;
  readonly server: string;
  readonly activeDirectory: boolean;
  /** Whether it knows LDAP_SERVER_POLICY_HINTS_OID: a reset may then be held to the history. */
  readonly policyHints: string | undefined;
  /** Where Active Directory keeps what the whole forest shares. */
  readonly configuration?: string;
};

/** LDAP_SERVER_POLICY_HINTS_OID and what it was called before Windows Server 2012 (MS-ADTS §3.1.1.3.4.1.27). */
const policyHints = ['1.2.840.113556.1.4.2239', '1.2.840.113556.1.4.2066'] as const;

/** LDAP_CAP_ACTIVE_DIRECTORY_OID (MS-ADTS §3.1.1.3.4.3.1) */
const activeDirectory = '1.2.840.113556.1.4.800';

export async function readRoot(
  connection: Connection,
  baseDn: string | undefined,
  referred = false,
): Promise<Root> {
  const attributes = [
    ...['defaultNamingContext', 'namingContexts', 'configurationNamingContext'],
    ...['dnsHostName', 'supportedCapabilities', 'supportedControl'],
  ];
  const root = await readBase(connection, '', attributes);
  const texts = (name: string) => (root === undefined ? [] : textsOf(root, name));
  const contexts = texts('namingContexts');
  const own = texts('defaultNamingContext')[0] ?? (contexts.length === 1 ? contexts[0] : undefined);
  const base = baseDn ?? own;
  if (base === undefined || parseDn(base) === undefined) {
    throw new DirectoryRefusal(
      'value.refused',
      'The directory does not say which naming context is its own; enter the base DN in the connection.',
      false,
    );
  }
  if ((await readBase(connection, base, ['objectClass'])) === undefined) {
    if (referred) throw missing(base);
    throw new DirectoryRefusal(
      'container.missing',
      'The base DN of the connection is not in the directory, or the service account may not see it; correct it.',
      false,
    );
  }
  const [configuration] = texts('configurationNamingContext');
  const holding = contexts
    .filter((each) => each !== '' && isWithin(base, each))
    .toSorted((one, other) => other.length - one.length)[0];
  return {
    ...(configuration === undefined ? {} : { configuration }),
    baseDn: base,
    context: await seenContext(connection, base, holding),
    dnsDomain: dnsDomainOf(own ?? base),
    server: texts('dnsHostName')[0] ?? '',
    activeDirectory: texts('supportedCapabilities').includes(activeDirectory),
    policyHints: policyHints.find((oid) => texts('supportedControl').includes(oid)),
  };
}

async function seenContext(
  connection: Connection,
  base: string,
  holding: string | undefined,
): Promise<string> {
  if (holding === undefined || sameDn(holding, base)) return base;
  const seen = await readBase(connection, holding, ['objectClass']);
  return seen === undefined ? base : holding;
}

function dnsDomainOf(dn: string): string {
  return (parseDn(dn) ?? [])
    .flat()
    .filter(({ type }) => type.toLowerCase() === 'dc')
    .map(({ value }) => value)
    .join('.');
}
