// What an administrator decides of an application, with its bounds, and what of it does not go together.
import { z } from 'zod';
import { refuse } from '#domain/problem.ts';
import { idAttributes, matchingFields, presets, type SsoApplication } from '#features/sso/model.ts';
import { ownAddress } from '#features/sso/reach.ts';
import { clientAuthentications, pages, protocols } from './answers.ts';
import { Logo } from './logo.ts';

/** Halo's number of this hub: GET /api/InstanceInfo says the same. */
export const ownInstance = 1;

const oneLine = (max: number) =>
  z
    .string()
    .trim()
    .min(1, 'is empty')
    .max(max, `is longer than ${max} characters`)
    .regex(/^[^\p{Cc}]*$/u, 'must be one line');

/** http too: whether that will do is known with `lab`. */
const Address = oneLine(500).refine(
  isAddress,
  'must be an address such as https://login.example.org',
);

/** RFC 6749 §3.3: scope-token. */
const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]+$/;
const Scope = oneLine(1_000)
  .refine(
    (text) => text.split(' ').every((token) => scopeToken.test(token)),
    'must be scopes with single spaces between them',
  )
  // OpenID Connect Core §3.1.2.1: without it there is no ID token.
  .refine((text) => text.split(' ').includes('openid'), 'must hold openid');

const promptWords = ['none', 'login', 'consent', 'select_account'];
/** OpenID Connect Core §3.1.2.1: `none` stands alone. */
const Prompt = oneLine(50).refine(
  (text) => {
    const words = text.split(' ');
    const known = words.every((word) => promptWords.includes(word));
    return known && !(words.length > 1 && words.includes('none'));
  },
  `must be none, or some of ${promptWords.slice(1).join(', ')} with spaces between them`,
);

const Tenant = z.guid('must be the id of an Entra tenant, a GUID').toLowerCase();

const Oidc = z.strictObject({
  preset: z.enum(presets),
  url: Address.refine((text) => !text.includes('?'), 'must have no query').nullable(),
  clientId: oneLine(250).nullable(),
  clientAuthentication: z.enum(clientAuthentications),
  prompt: Prompt.nullable(),
  domainHint: oneLine(500).nullable(),
  scope: Scope.nullable(),
  allowedTenants: z.array(Tenant).max(1_000).transform(unique),
  requiredAcr: z.array(oneLine(250)).max(20).transform(unique),
  maxAgeSeconds: z.int().min(0).max(31_536_000).nullable(),
});

const Saml = z.strictObject({
  metadataUrl: Address.nullable(),
  /** SAML metadata §2.2.1: an entityIDType has at most 1,024 characters. */
  entityId: oneLine(1_024).nullable(),
  signsRequests: z.boolean(),
  wantsAssertionsSigned: z.boolean(),
  wantsResponsesSigned: z.boolean(),
  wantsAssertionsEncrypted: z.boolean(),
  allowsIdpInitiated: z.boolean(),
  nameIdFormat: oneLine(250).nullable(),
  forceAuthn: z.boolean(),
  allowsCbc: z.boolean(),
  requestBinding: z.enum(['redirect', 'post']),
});

const Matching = z.strictObject({
  idAttribute: z.enum(idAttributes),
  customIdAttribute: oneLine(250).nullable(),
  field: z.enum(matchingFields),
  byDomain: z.boolean(),
  provisions: z.boolean(),
  updatesProfile: z.boolean(),
  defaultSiteId: z.int32().positive().nullable(),
  claimRules: z
    .array(z.strictObject({ claim: oneLine(250), value: z.string().min(1).max(500).nullable() }))
    .max(50),
});

const Button = z.strictObject({
  label: oneLine(250).nullable(),
  colour: z
    .string()
    .trim()
    .regex(/^#([0-9a-f]{3}|[0-9a-f]{6})$/i, 'must be a colour such as #1f6feb')
    .toLowerCase()
    .nullable(),
  logo: Logo.nullable(),
  overrides: z.boolean(),
  shownTo: z.enum(pages),
});

const each = z.strictObject({ agent: z.boolean(), user: z.boolean() });

export const SsoSettings = z.strictObject({
  name: oneLine(250),
  protocol: z.enum(protocols),
  active: z.boolean(),
  instanceId: z
    .int32()
    .refine((id): boolean => id === ownInstance, `is another instance; this hub is ${ownInstance}`)
    .nullable(),
  allows: each,
  autoRedirects: each,
  singleLogout: z.boolean(),
  oidc: Oidc,
  saml: Saml,
  matching: Matching,
  button: Button,
  logsAttempts: z.boolean(),
});
export type SsoSettings = z.output<typeof SsoSettings>;

/** Every setting of the upper level, and of its groups, may be left out; what is undefined is left out. */
export type SettingsChange = {
  readonly [K in keyof SsoSettings]?: SsoSettings[K] extends object
    ? { readonly [M in keyof SsoSettings[K]]?: unknown } | undefined
    : unknown;
};

/** A new application lets nobody in until it is told whom. */
export const newSettings = {
  protocol: 'oidc',
  active: false,
  instanceId: null,
  allows: { agent: false, user: false },
  autoRedirects: { agent: false, user: false },
  singleLogout: false,
  oidc: {
    preset: 'generic',
    url: null,
    clientId: null,
    clientAuthentication: 'basic',
    prompt: null,
    domainHint: null,
    scope: null,
    allowedTenants: [],
    requiredAcr: [],
    maxAgeSeconds: null,
  },
  saml: {
    metadataUrl: null,
    entityId: null,
    signsRequests: false,
    wantsAssertionsSigned: true,
    wantsResponsesSigned: false,
    wantsAssertionsEncrypted: false,
    allowsIdpInitiated: false,
    nameIdFormat: null,
    forceAuthn: false,
    allowsCbc: false,
    requestBinding: 'redirect',
  },
  matching: {
    idAttribute: 'email',
    customIdAttribute: null,
    field: 'email',
    byDomain: false,
    provisions: false,
    updatesProfile: false,
    defaultSiteId: null,
    claimRules: [],
  },
  button: { label: null, colour: null, logo: null, overrides: false, shownTo: 'both' },
  logsAttempts: true,
} as const;

export function settingsOf(application: SsoApplication): SsoSettings {
  const { hasClientSecret: _, allowedTenants, requiredAcr, ...oidc } = application.oidc;
  const { name, protocol, active, instanceId, allows, autoRedirects } = application;
  const { singleLogout, saml, matching, button, logsAttempts } = application;
  return {
    ...{ name, protocol, active, instanceId, allows, autoRedirects, singleLogout },
    oidc: { ...oidc, allowedTenants: [...allowedTenants], requiredAcr: [...requiredAcr] },
    ...{ saml, button, logsAttempts },
    matching: { ...matching, claimRules: matching.claimRules.map((rule) => ({ ...rule })) },
  };
}

/** The settings with the change, or a refusal that names each that does not fit. */
export function changed(before: object, change: SettingsChange, lab: boolean): SsoSettings {
  const parsed = SsoSettings.safeParse(merged(before, change));
  if (!parsed.success) {
    const reason = parsed.error.issues
      .map(({ path, message }) => `${path.join('.')}: ${message}`)
      .join('; ');
    refuse('request.invalid', { reason });
  }
  const settings = parsed.data;
  const { idAttribute, customIdAttribute } = settings.matching;
  if (idAttribute === 'custom' && customIdAttribute === null) {
    refuse('sso.misfit', { reason: 'a claim of its own is compared, and its name is missing' });
  }
  for (const address of [settings.oidc.url, settings.saml.metadataUrl]) {
    if (address !== null && !lab && !address.startsWith('https:')) {
      refuse('sso.plain-http', { address });
    }
  }
  return settings;
}

/** A provider elsewhere, or of another protocol: nothing that was given to the one is taken to the other. */
export function isElsewhere(before: SsoSettings, after: SsoSettings): boolean {
  // Of Google and of all of Entra the address is known where none is given.
  const place = ({ url, preset }: SsoSettings['oidc']) => url ?? preset;
  return (
    before.protocol !== after.protocol ||
    place(before.oidc) !== place(after.oidc) ||
    before.saml.metadataUrl !== after.saml.metadataUrl
  );
}

/** The address at which an administrator's confirmation holds. */
export function hostOf(settings: SsoSettings): string | undefined {
  const address = ownAddress({ ...settings, lab: false, confirmed: null });
  return address === undefined ? undefined : new URL(address).host;
}

function merged(before: object, change: object): object {
  const all: Record<string, unknown> = { ...before };
  for (const [name, value] of Object.entries(change)) {
    if (value === undefined) continue;
    const old = all[name];
    all[name] = isGroup(old) && isGroup(value) ? merged(old, value) : value;
  }
  return all;
}

function isGroup(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unique(list: readonly string[]): string[] {
  return [...new Set(list)];
}

function isAddress(text: string): boolean {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return false;
  const { username, password, hash, hostname } = new URL(text);
  return username === '' && password === '' && hash === '' && hostname !== '';
}
