// A connection is how we reach one outside system: address, credentials, trust. Each kind has its settings.
import { z } from 'zod';

const webAddress = z
  .url({ protocol: /^https?$/, error: 'must be an address that begins with https://' })
  .max(500)
  .refine((text) => !/[@#]/.test(text.replace(/^https?:\/\//, '').split('/')[0] ?? ''), {
    error: 'must not contain a user name or password',
  });
const hostName = z.string().min(1).max(253);
const port = z.int().min(1).max(65_535);
const oneLine = z
  .string()
  .min(1)
  .max(500)
  .regex(/^[^\p{Cc}]*$/u, { error: 'must be one line' });
/** PEM of the authorities this connection trusts instead of the system's. */
const authority = z
  .string()
  .max(100_000)
  .regex(/-----BEGIN CERTIFICATE-----/, { error: 'must be a certificate in PEM' })
  .nullable()
  .default(null);

/** Halo's three values (Configuration > Integrations > Halo API) and the application's client id. */
export const HaloSettings = z.strictObject({
  /** The web address of the instance; its API lies below it at /api. */
  address: webAddress,
  /** Where tokens are had, when AuthInfo does not say it rightly: .../auth/token. */
  tokenAddress: webAddress.nullable().default(null),
  tenant: oneLine.nullable().default(null),
  clientId: oneLine,
  scope: oneLine.default('all'),
  ca: authority,
});
export type HaloSettings = z.infer<typeof HaloSettings>;

const Place = z.strictObject({ host: hostName, port: port.default(636) });

export const LdapSettings = z
  .strictObject({
    host: hostName,
    port: port.default(636),
    /** Tried in this order where the first does not answer: for reading, each confirmed on its own. */
    others: z.array(Place).max(8).default([]),
    /** Plain is a choice to be made in words: passwords then travel readably. */
    security: z.enum(['ldaps', 'starttls', 'plain']).default('ldaps'),
    /** `certificate`: the secret is PEM of a private key and its certificate (SASL EXTERNAL). */
    authentication: z.enum(['simple', 'certificate']).default('simple'),
    /** Whom to sign in as; empty with a certificate, which says that itself. */
    bindDn: z
      .string()
      .max(500)
      .regex(/^[^\p{Cc}]*$/u, { error: 'must be one line' })
      .default(''),
    /** The naming context; asked of the rootDSE when left out. */
    baseDn: oneLine.nullable().default(null),
    /** What becomes of references to other servers: told, or followed to the hosts named here. */
    referrals: z.enum(['report', 'chase']).default('report'),
    referralHosts: z.array(Place).max(8).default([]),
    ca: authority,
  })
  .refine(({ authentication, bindDn }) => authentication === 'certificate' || bindDn !== '', {
    path: ['bindDn'],
    error: 'must say whom to sign in as',
  })
  .refine(({ authentication, security }) => authentication === 'simple' || security !== 'plain', {
    path: ['authentication'],
    error: 'a client certificate needs TLS; choose ldaps or starttls',
  })
  .refine(({ referrals, security }) => referrals === 'report' || security !== 'plain', {
    path: ['referrals'],
    error: 'credentials are taken to other servers over TLS alone; choose ldaps or starttls',
  });
export type LdapSettings = z.infer<typeof LdapSettings>;

export const MailSettings = z.strictObject({
  host: hostName,
  port: port.default(587),
  security: z.enum(['tls', 'starttls', 'plain']).default('starttls'),
  /** The name to sign in with; no sign-in when left out. */
  user: oneLine.nullable().default(null),
  /** The sender: an address, or `Sundog <sundog@larkfield.test>`. */
  from: oneLine,
  ca: authority,
});
export type MailSettings = z.infer<typeof MailSettings>;

/** A receiver of signed messages; the connection's secret is the key they are signed with. */
export const WebhookSettings = z.strictObject({ url: webAddress, ca: authority });
export type WebhookSettings = z.infer<typeof WebhookSettings>;

export const connectionKinds = ['halo', 'ldap', 'mail', 'webhook'] as const;
export type ConnectionKind = (typeof connectionKinds)[number];

/** A kind together with the settings that belong to it. */
export const Reached = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('halo'), settings: HaloSettings }),
  z.object({ kind: z.literal('ldap'), settings: LdapSettings }),
  z.object({ kind: z.literal('mail'), settings: MailSettings }),
  z.object({ kind: z.literal('webhook'), settings: WebhookSettings }),
]);
export type Reached = z.infer<typeof Reached>;

export type HostAndPort = { readonly host: string; readonly port: number };

/** The hosts and ports the connection goes to, as far as its settings name them. */
export function endpointsOf(reached: Reached): readonly HostAndPort[] {
  switch (reached.kind) {
    case 'halo': {
      const { address, tokenAddress } = reached.settings;
      return [address, ...(tokenAddress === null ? [] : [tokenAddress])].map(hostAndPort);
    }
    case 'webhook':
      return [hostAndPort(reached.settings.url)];
    case 'ldap': {
      const { host, port, others, referralHosts } = reached.settings;
      return unique([{ host, port }, ...others, ...referralHosts]);
    }
    default:
      return [{ host: reached.settings.host, port: reached.settings.port }];
  }
}

function unique(all: readonly HostAndPort[]): readonly HostAndPort[] {
  return [...new Map(all.map((one) => [`${one.host.toLowerCase()}:${one.port}`, one])).values()];
}

function hostAndPort(address: string): HostAndPort {
  const url = new URL(address);
  const usual = url.protocol === 'https:' ? 443 : 80;
  return { host: url.hostname, port: url.port === '' ? usual : Number(url.port) };
}

/** At which point reaching the system failed, in the order in which it is tried. */
export const probeStages = [
  // Of a secret that is kept in a key vault: it comes before all else.
  'secret',
  'address',
  'name',
  'connect',
  'tls',
  'credentials',
  // Of a directory: what is looked at is not there, is not shown, or is cut short.
  'base',
  'rights',
  'limit',
  'answer',
] as const;
export type ProbeStage = (typeof probeStages)[number];

/** What a test of a connection found: one sentence, and where it stopped. */
export type ProbeResult =
  | { readonly ok: true; readonly sentence: string }
  | {
      readonly ok: false;
      readonly stage: ProbeStage;
      readonly code: string;
      readonly sentence: string;
    };

/** What is known of a connection without reaching it. */
export type ConnectionFacts = {
  readonly id: string;
  readonly name: string;
  readonly kind: ConnectionKind;
  readonly clientId: number | null;
  /** Scheme, host and port of a web address; null for what is not reached over HTTP. */
  readonly origin: string | null;
  /** The host (with its port, unless it is the usual one), for {Host-Name} and for people. */
  readonly host: string;
  /** Halo's tenant, for {tenantname}. */
  readonly tenant: string | null;
  readonly health: {
    readonly healthy: boolean;
    readonly sentence: string;
    readonly checkedAt: Date | null;
  };
};
