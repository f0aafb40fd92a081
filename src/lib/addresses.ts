// What an address leads to: the public internet, a private network, this machine, or nowhere one may go.
import { isIP, isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';
import ipaddr from 'ipaddr.js';

/** `never` is every special range that is neither private nor loopback (IANA special-purpose registries). */
export type Reach = 'public' | 'private' | 'loopback' | 'metadata' | 'never';

/**
 * Where clouds answer for a machine's own credentials: Azure's wire server, Alibaba, Oracle, and the
 * IPv6 spellings of AWS, Google and Scaleway. 169.254.169.254 and its like fall under link-local.
 */
const metadataAddresses = new Set([
  '168.63.129.16',
  '100.100.100.200',
  '192.0.0.192',
  'fd00:ec2::254',
  'fd00:ec2::23',
  'fd20:ce::254',
  'fd00:42::42',
]);

const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3');
const nat64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96');

/** What connecting to this address would reach, whatever IPv6 costume an IPv4 address wears. */
export function reachOf(text: string): Reach {
  if (isIP(text) === 0) return 'never';
  const address = ipaddr.process(plainAddress(text));
  if (metadataAddresses.has(address.toString())) return 'metadata';
  return address instanceof ipaddr.IPv6 ? reachOfIPv6(address) : reachOfIPv4(address);
}

/**
 * One spelling per host: lower case, punycode, no trailing dot, no brackets, IPv4 in four decimal parts.
 * Undefined where the text is no host at all. WHATWG URL host parsing, so that it agrees with a URL's.
 */
export function canonicalHost(text: string): string | undefined {
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
  if (isIPv6(bare)) return plainAddress(bare);
  if (bare !== text || bare.length > 253 || /[\s/\\?#@:%]/.test(bare)) return undefined;
  const ascii = domainToASCII(bare).replace(/\.$/, '');
  return /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(ascii) ? ascii : undefined;
}

/** Whether a list of networks (CIDR), addresses, hosts and `*.domains` covers the host or its address. */
export function isCovered(allowed: readonly string[], host: string, address: string): boolean {
  return allowed.some((entry) => {
    if (entry.includes('/')) return contains(entry, address);
    if (isIP(entry) !== 0) return contains(`${entry}/${isIPv6(entry) ? 128 : 32}`, address);
    return entry.startsWith('*.') ? host.endsWith(entry.slice(1)) : host === canonicalHost(entry);
  });
}

/**
 * Reads a setting like `10.0.0.0/8, dc1.example.org, *.corp.example`. Throws a RangeError with a sentence
 * that names the entry it cannot read.
 */
export function parseAllowed(text: string): readonly string[] {
  const entries = text
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .map((entry) => entry.toLowerCase());
  for (const entry of entries) {
    const readable = entry.includes('/')
      ? ipaddr.isValidCIDR(entry)
      : canonicalHost(entry.replace(/^\*\./, '')) !== undefined;
    if (!readable)
      throw new RangeError(`"${entry}" is no host, address or network such as 10.0.0.0/8`);
  }
  return entries;
}

/**
 * The plain spelling of an address: no zone, and ::ffff:10.0.0.1 as 10.0.0.1. IPv6 goes through the URL
 * parser because ipaddr.js takes ::10.0.0.1 for ::ffff:10.0.0.1, where the system would dial ::a00:1.
 */
export function plainAddress(text: string): string {
  if (!isIPv6(text)) return text;
  return ipaddr.process(domainToASCII(`[${text.replace(/%.*$/, '')}]`).slice(1, -1)).toString();
}

function reachOfIPv4(address: ipaddr.IPv4): Reach {
  switch (address.range()) {
    case 'unicast':
      return 'public';
    case 'private':
    case 'carrierGradeNat':
      return 'private';
    case 'loopback':
      return 'loopback';
    case 'linkLocal':
      return 'metadata';
    default:
      return 'never';
  }
}

function reachOfIPv6(address: ipaddr.IPv6): Reach {
  const inner = embeddedIPv4(address);
  if (inner !== undefined) {
    // An IPv4 address in costume is let through only where it is public and a NAT64 carries it.
    const carried = address.match(nat64) && reachOf(inner) === 'public';
    return carried ? 'public' : 'never';
  }
  switch (address.range()) {
    case 'uniqueLocal':
      return 'private';
    case 'loopback':
      return 'loopback';
    case 'linkLocal':
      return 'metadata';
    case 'unicast':
      return address.match(globalUnicast) ? 'public' : 'never';
    default:
      return 'never';
  }
}

/**
 * The IPv4 address inside NAT64 (RFC 6052), SIIT (RFC 6145), 6to4 (RFC 3056), IPv4-compatible
 * (RFC 4291 §2.5.5.1) and ISATAP (RFC 5214 §6.1). IPv4-mapped ones were unwrapped before; Teredo has a
 * range of its own that is never public.
 */
function embeddedIPv4(address: ipaddr.IPv6): string | undefined {
  const parts = address.parts;
  const range = address.range();
  if (range === '6to4') return dotted(parts[1], parts[2]);
  if (range === 'rfc6052' || range === 'rfc6145') return dotted(parts[6], parts[7]);
  const compatible = parts.slice(0, 6).every((part) => part === 0) && range === 'unicast';
  const isatap = (parts[4] === 0 || parts[4] === 0x200) && parts[5] === 0x5efe;
  return compatible || isatap ? dotted(parts[6], parts[7]) : undefined;
}

function dotted(high = 0, low = 0): string {
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

function contains(network: string, address: string): boolean {
  if (!ipaddr.isValidCIDR(network)) return false;
  const [base, bits] = ipaddr.parseCIDR(network);
  const asked = ipaddr.process(plainAddress(address));
  return asked.kind() === base.kind() && asked.match(base, bits);
}
