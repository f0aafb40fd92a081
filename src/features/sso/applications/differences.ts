// The audit entries of a change to an application: one a changed field; of secrets only that they changed.
import type { Actor } from '#domain/actor.ts';
import type { SsoApplication } from '#features/sso/model.ts';
import type { AuditEntry } from '#store/audit.ts';
import { logoInWords } from './logo.ts';
import { type SsoSettings, settingsOf } from './settings.ts';

export type Changed = {
  readonly before: SsoApplication;
  readonly after: SsoApplication;
  readonly elsewhere: boolean;
  /** Whether a secret was given. */
  readonly given: boolean;
};

export function differences(actor: Actor, changed: Changed): AuditEntry[] {
  const { before, after, elsewhere, given } = changed;
  const of = (field: string, rest: Partial<AuditEntry>): AuditEntry => ({
    ...ssoEntry(actor, 'sso-application.changed', after),
    field,
    ...rest,
  });
  const old = textsOf(settingsOf(before));
  const young = textsOf(settingsOf(after));
  const fields = Object.keys(young)
    .filter((field) => old[field] !== young[field])
    .map((field) => of(field, { before: old[field] ?? null, after: young[field] ?? null }));
  const cleared = elsewhere ? 'cleared, because the provider is another one' : 'removed';
  const [had, has] = [before.oidc.hasClientSecret, after.oidc.hasClientSecret];
  return [
    ...fields,
    ...(given && has ? [of('clientSecret', { because: 'replaced' })] : []),
    ...(had && !has ? [of('clientSecret', { because: cleared })] : []),
    ...(before.confirmed !== null && after.confirmed === null
      ? [of('confirmed', { before: before.confirmed.by, because: cleared })]
      : []),
  ];
}

export function ssoEntry(
  actor: Actor,
  action: string,
  { id, name }: Pick<SsoApplication, 'id' | 'name'>,
): AuditEntry {
  const subject = { kind: 'sso application', id: String(id), name };
  return { actor, action, subject, outcome: 'done' };
}

type Texts = Readonly<Record<string, string | null>>;

function textsOf(settings: SsoSettings): Texts {
  const { button, allows, autoRedirects, ...rest } = settings;
  const logo = button.logo === null ? null : logoInWords(button.logo);
  const plain = { ...rest, allows: whom(allows), autoRedirects: whom(autoRedirects) };
  return Object.fromEntries(flat({ ...plain, button: { ...button, logo } }, ''));
}

function whom({ agent, user }: SsoSettings['allows']): string {
  if (agent && user) return 'agents and users';
  return agent ? 'agents' : user ? 'users' : 'nobody';
}

function flat(group: object, path: string): [string, string | null][] {
  return Object.entries(group).flatMap(([name, value]): [string, string | null][] => {
    const field = `${path}${name}`;
    if (value === null || (Array.isArray(value) && value.length === 0)) return [[field, null]];
    if (Array.isArray(value)) return [[field, value.map(inWords).join(', ')]];
    return typeof value === 'object' ? flat(value, `${field}.`) : [[field, String(value)]];
  });
}

function inWords(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
