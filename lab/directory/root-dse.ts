// The root DSE: what a directory tells of itself to anyone who asks, signed in or not (RFC 4512 §5.1).
import { sameDn } from '#lib/dn.ts';
import { guidBytes } from '#lib/guid.ts';
import type { WireAttribute } from './messages.ts';
import type { Tree } from './tree.ts';
import { generalizedTime } from './values.ts';
import { controlOids } from './writing.ts';

export const extensionOids = {
  startTls: '1.3.6.1.4.1.1466.20037',
  whoAmI: '1.3.6.1.4.1.4203.1.11.3',
} as const;

export const serverName = 'dc1';

/** Where the one domain controller stands among the sites. */
function serverDn(tree: Tree): string {
  const site = `CN=Default-First-Site-Name,CN=Sites,CN=Configuration,${tree.baseDn}`;
  return `CN=${serverName.toUpperCase()},CN=Servers,${site}`;
}

/** The settings of its service: all they tell here is which database counts the changes (MS-ADTS §3.1.1.1.9). */
export function serviceSettings(tree: Tree, dn: string): readonly WireAttribute[] | undefined {
  if (!sameDn(dn, `CN=NTDS Settings,${serverDn(tree)}`)) return undefined;
  const head = [...tree.entries.values()].find(({ parent }) => parent === null);
  if (head === undefined) return undefined;
  return [{ type: 'invocationId', values: [guidBytes(head.id)] }];
}

export function rootDse(tree: Tree, now: Date): readonly WireAttribute[] {
  const configuration = `CN=Configuration,${tree.baseDn}`;
  const server = serverDn(tree);
  const facts: Readonly<Record<string, readonly string[]>> = {
    currentTime: [generalizedTime(now)],
    subschemaSubentry: [`CN=Aggregate,CN=Schema,${configuration}`],
    dsServiceName: [`CN=NTDS Settings,${server}`],
    namingContexts: [tree.baseDn, configuration, `CN=Schema,${configuration}`],
    defaultNamingContext: [tree.baseDn],
    schemaNamingContext: [`CN=Schema,${configuration}`],
    configurationNamingContext: [configuration],
    rootDomainNamingContext: [tree.baseDn],
    supportedControl: Object.values(controlOids),
    supportedLDAPVersion: ['3'],
    supportedLDAPPolicies: ['MaxPageSize', 'MaxValRange', 'MaxReceiveBuffer', 'MaxConnections'],
    supportedExtension: Object.values(extensionOids),
    // Active Directory, its LDAP integrity, and the 2003 to 2012 behaviours (MS-ADTS §3.1.1.3.4.3).
    supportedCapabilities: [
      '1.2.840.113556.1.4.800',
      '1.2.840.113556.1.4.1670',
      '1.2.840.113556.1.4.1791',
      '1.2.840.113556.1.4.1935',
      '1.2.840.113556.1.4.2080',
      '1.2.840.113556.1.4.2237',
    ],
    highestCommittedUSN: [String(tree.usn)],
    dnsHostName: [`${serverName}.${tree.dnsDomain}`],
    ldapServiceName: [`${tree.dnsDomain}:${serverName}$@${tree.dnsDomain.toUpperCase()}`],
    serverName: [server],
    isSynchronized: ['TRUE'],
    isGlobalCatalogReady: ['TRUE'],
    domainFunctionality: ['7'],
    forestFunctionality: ['7'],
    domainControllerFunctionality: ['7'],
  };
  return Object.entries(facts).map(([type, values]) => ({
    type,
    values: values.map((value) => Buffer.from(value)),
  }));
}
