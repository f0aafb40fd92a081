// Every setting: its name, meaning, default and check. The only reader of the environment.
import { existsSync } from 'node:fs';
import { isIP } from 'node:net';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { refuse } from '#domain/problem.ts';
import { parseAllowed } from '#lib/addresses.ts';
import { errorMessage } from '#lib/errors.ts';
import { type LogLevel, logLevels } from '#lib/log.ts';
import { Secret } from '#lib/secret.ts';
import {
  databaseUrl,
  isLogWord,
  isNetwork,
  isOrigin,
  list,
  masterKey,
  pemFile,
} from './config-checks.ts';
import {
  about,
  type SecretLinkConfig,
  secretLinkConfig,
  secretLinkSettings,
} from './config-secret-links.ts';

export type Config = {
  readonly host: string;
  readonly port: number;
  /** Without a slash at the end; undefined: what the hub listens on. */
  readonly publicUrl: string | undefined;
  readonly dataFolder: string;
  /** Somebody named the data folder: then it is never exchanged for another. */
  readonly dataFolderChosen: boolean;
  readonly databaseUrl: Secret | undefined;
  readonly databaseOwnerUrl: Secret | undefined;
  /** Certificate chain and key as PEM; undefined: plain HTTP, on loopback or behind a proxy. */
  readonly tls: { readonly cert: string; readonly key: Secret } | undefined;
  readonly trustedProxies: readonly string[];
  /** Requests per application in five minutes; undefined: as many as it likes. */
  readonly rateLimit: number | undefined;
  readonly masterKey: Secret | undefined;
  readonly nextMasterKey: Secret | undefined;
  readonly previousMasterKey: Secret | undefined;
  readonly masterKeyFile: string | undefined;
  readonly adminPassword: Secret | undefined;
  readonly outboundAllow: readonly string[];
  /** Where App Service hands out tokens for the hub's own managed identity. */
  readonly appService: { readonly endpoint: URL; readonly header: Secret } | undefined;
  /** Where signed checkpoints of the audit trail are kept outside the database. */
  readonly auditCheckpoints: string | undefined;
  readonly log: {
    readonly format: 'json' | 'pretty';
    readonly level: LogLevel;
    /** Somebody asked for this level; else the command may prefer another. */
    readonly levelChosen: boolean;
  };
  readonly secretLinks: SecretLinkConfig;
  /** What looks like a mistake in the environment, though nothing forbids it. */
  readonly warnings: readonly string[];
};

export type Environment = Readonly<Record<string, string | undefined>>;

/** The default data folder lies beside the program, so that it is the same from any folder. */
const defaultDataFolder = join(import.meta.dirname, '..', 'data');

const text = z.string().trim();
const hostName = /^(?!-)[a-z0-9-]{1,63}(\.(?!-)[a-z0-9-]{1,63})*\.?$/i;

export const settings = z.object({
  SUNDOG_HOST: about(
    'The address the hub listens on; `0.0.0.0` or `::` for all.',
    '127.0.0.1',
    text
      .refine((host) => isIP(host) > 0 || hostName.test(host), 'it is no address or host name')
      .default('127.0.0.1'),
  ),
  SUNDOG_PORT: about(
    'The port the hub listens on; 0 takes a free one.',
    '7610',
    text
      .regex(/^\d{1,5}$/, 'it is not a number from 0 to 65535')
      .transform(Number)
      .refine((port) => port <= 65_535, 'it is not a number from 0 to 65535')
      .default(7610),
  ),
  SUNDOG_PUBLIC_URL: about(
    'The address people and other systems reach the hub by, when it is not what it listens on.',
    'what the hub listens on',
    text
      .refine(isOrigin, 'it is not an address such as https://sundog.example.com, without a path')
      .transform((url) => new URL(url).origin)
      .optional(),
  ),
  SUNDOG_DATA: about(
    'The folder for the database, the master key and the log of the database.',
    '`data` beside the program; as root /var/lib/sundog where that cannot serve',
    text.optional(),
  ),
  SUNDOG_DATABASE_URL: about(
    "A PostgreSQL server's address (`postgresql://role:password@host/database`), instead of the embedded one.",
    'none: the embedded PostgreSQL',
    databaseUrl(),
  ),
  SUNDOG_DATABASE_OWNER_URL: about(
    'The same database as the role that owns the tables, for migrations and redaction; the hub can then work as a role that may not bend the audit trail.',
    'the same as SUNDOG_DATABASE_URL',
    databaseUrl(),
  ),
  SUNDOG_TLS_CERT: about(
    'A PEM file with the certificate chain: the hub itself then speaks HTTPS.',
    'none: HTTP',
    pemFile('CERTIFICATE'),
  ),
  SUNDOG_TLS_KEY: about(
    'The PEM file with the private key of that certificate.',
    'none',
    pemFile('PRIVATE KEY'),
  ),
  SUNDOG_TRUSTED_PROXIES: about(
    'Addresses and networks (comma separated) whose X-Forwarded-* headers are believed.',
    'none',
    list(isNetwork, 'is no address or network such as 10.0.0.0/8'),
  ),
  SUNDOG_RATE_LIMIT: about(
    'How many requests one application may make in a rolling 5 minutes, in each web process; 700 is what hosted Halos are said to allow.',
    'none: no limit',
    text
      .regex(/^\d{1,7}$/, 'it is not a whole number')
      .transform(Number)
      .pipe(z.int().min(1, 'it is less than 1'))
      .optional(),
  ),
  SUNDOG_MASTER_KEY: about(
    'The key that seals every secret at rest: 32 bytes in base64 (`openssl rand -base64 32`).',
    'the file `master.key` in the data folder, made at the first start with a warning',
    masterKey(),
  ),
  SUNDOG_MASTER_KEY_NEXT: about(
    'The master key to change to with `keys rotate`, given to every process beforehand (docs/keys.md).',
    'none',
    masterKey(),
  ),
  SUNDOG_MASTER_KEY_PREVIOUS: about(
    'A master key that still opens what it sealed, until `keys rotate` has ended.',
    'none',
    masterKey(),
  ),
  SUNDOG_MASTER_KEY_FILE: about(
    'A file that holds the master key, for a secret store that mounts files; a second line may hold the one to change to.',
    'none',
    text.refine((file) => existsSync(file), 'there is no such file').optional(),
  ),
  SUNDOG_ADMIN_PASSWORD: about(
    "The first administrator's password, used at the first start only; it is changed at the first sign-in.",
    'made at the first start and printed once',
    z
      .string()
      .min(12, 'it has fewer than 12 characters')
      .transform((password) => new Secret(password))
      .optional(),
  ),
  SUNDOG_OUTBOUND_ALLOW: about(
    'Hosts and networks (comma separated; `*.corp.example` for all below) beyond public addresses that an administrator may confirm for a connection.',
    'none',
    text
      .transform((words, context) => {
        try {
          return parseAllowed(words);
        } catch (error) {
          context.addIssue(errorMessage(error));
          return z.NEVER;
        }
      })
      .default([]),
  ),
  IDENTITY_ENDPOINT: about(
    'Set by Azure App Service: where the hub is handed tokens of its own managed identity, for key vaults.',
    'none: the hub does not run in App Service',
    text.refine((url) => /^https?:/.test(url) && URL.canParse(url), 'it is no address').optional(),
  ),
  IDENTITY_HEADER: about(
    'Set by Azure App Service: what the hub shows there.',
    'none',
    text.optional(),
  ),
  SUNDOG_AUDIT_CHECKPOINTS: about(
    'The file to which signed checkpoints of the audit trail are appended; best on another machine.',
    '`audit-checkpoints.ndjson` in the data folder',
    text.optional(),
  ),
  SUNDOG_LOG: about(
    'How the log is written (`json` or `pretty`) and from which level (`debug`, `info`, `warn`, `error`), such as `json,warn`.',
    '`pretty` on a terminal, else `json`; `info`',
    text
      .transform((words) => words.toLowerCase().split(/[\s,|]+/))
      .refine((words) => words.every(isLogWord), 'it holds more than json or pretty and a level')
      .default([]),
  ),
  ...secretLinkSettings,
});

export type SettingName = keyof typeof settings.shape;

/** Reads and checks all of it; the first bad value is refused in a sentence that names it. */
export function readConfig(env: Environment = process.env): Config {
  const read = settings.safeParse(present(env));
  if (!read.success) {
    const [issue] = read.error.issues;
    refuse('settings.invalid', {
      name: String(issue?.path[0] ?? 'SUNDOG'),
      reason: issue?.message ?? 'it cannot be read',
    });
  }
  const { data } = read;
  refuseContradictions(data);
  const { SUNDOG_TLS_CERT: cert, SUNDOG_TLS_KEY: key } = data;
  const { IDENTITY_ENDPOINT: endpoint, IDENTITY_HEADER: header } = data;
  return {
    host: data.SUNDOG_HOST,
    port: data.SUNDOG_PORT,
    publicUrl: data.SUNDOG_PUBLIC_URL,
    dataFolder: resolve(data.SUNDOG_DATA ?? defaultDataFolder),
    dataFolderChosen: data.SUNDOG_DATA !== undefined,
    databaseUrl: data.SUNDOG_DATABASE_URL,
    databaseOwnerUrl: data.SUNDOG_DATABASE_OWNER_URL,
    tls: cert === undefined || key === undefined ? undefined : { cert, key: new Secret(key) },
    trustedProxies: data.SUNDOG_TRUSTED_PROXIES,
    rateLimit: data.SUNDOG_RATE_LIMIT,
    masterKey: data.SUNDOG_MASTER_KEY,
    nextMasterKey: data.SUNDOG_MASTER_KEY_NEXT,
    previousMasterKey: data.SUNDOG_MASTER_KEY_PREVIOUS,
    masterKeyFile: data.SUNDOG_MASTER_KEY_FILE,
    adminPassword: data.SUNDOG_ADMIN_PASSWORD,
    outboundAllow: data.SUNDOG_OUTBOUND_ALLOW,
    appService:
      endpoint === undefined || header === undefined
        ? undefined
        : { endpoint: new URL(endpoint), header: new Secret(header) },
    auditCheckpoints: data.SUNDOG_AUDIT_CHECKPOINTS && resolve(data.SUNDOG_AUDIT_CHECKPOINTS),
    log: {
      format: data.SUNDOG_LOG.includes('json')
        ? 'json'
        : data.SUNDOG_LOG.includes('pretty') || process.stderr.isTTY
          ? 'pretty'
          : 'json',
      level: logLevels.find((level) => data.SUNDOG_LOG.includes(level)) ?? 'info',
      levelChosen: logLevels.some((level) => data.SUNDOG_LOG.includes(level)),
    },
    secretLinks: secretLinkConfig(data),
    warnings: strangers(env),
  };
}

/** What docs/settings.md and the doctor say of a setting. */
export function describeSettings(): readonly {
  readonly name: string;
  readonly meaning: string;
  readonly fallback: string;
}[] {
  return Object.entries(settings.shape).map(([name, check]) => {
    const { meaning, fallback } = z
      .object({ meaning: z.string(), fallback: z.string() })
      .parse(check.meta());
    return { name, meaning, fallback };
  });
}

/** An empty value is none, as `SUNDOG_X=` in an environment file means it. */
function present(env: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      value === undefined || value.trim() === '' ? [] : [[name, value]],
    ),
  );
}

function refuseContradictions(data: z.output<typeof settings>): void {
  if ((data.SUNDOG_TLS_CERT === undefined) !== (data.SUNDOG_TLS_KEY === undefined)) {
    const name = data.SUNDOG_TLS_CERT === undefined ? 'SUNDOG_TLS_KEY' : 'SUNDOG_TLS_CERT';
    refuse('settings.invalid', { name, reason: 'certificate and key go together; set both' });
  }
  if (data.SUNDOG_MASTER_KEY !== undefined && data.SUNDOG_MASTER_KEY_FILE !== undefined) {
    const reason = 'SUNDOG_MASTER_KEY is set as well; set one of them';
    refuse('settings.invalid', { name: 'SUNDOG_MASTER_KEY_FILE', reason });
  }
  if (data.SUNDOG_DATABASE_OWNER_URL !== undefined && data.SUNDOG_DATABASE_URL === undefined) {
    const reason = 'it says who owns the database of SUNDOG_DATABASE_URL, which is not set';
    refuse('settings.invalid', { name: 'SUNDOG_DATABASE_OWNER_URL', reason });
  }
  const words = data.SUNDOG_LOG;
  if (words.filter((word) => word === 'json' || word === 'pretty').length > 1 || words.length > 2) {
    const reason = 'it holds more than json or pretty and a level';
    refuse('settings.invalid', { name: 'SUNDOG_LOG', reason });
  }
}

/** Names of ours that mean nothing: most likely a typing error. */
function strangers(env: Environment): string[] {
  return Object.keys(env)
    .filter((name) => name.startsWith('SUNDOG_') && !name.startsWith('SUNDOG_TEST_'))
    .filter((name) => !Object.hasOwn(settings.shape, name))
    .map((name) => `${name} is set in the environment, but it is not a setting of Sundog.`);
}
