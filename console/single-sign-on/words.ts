// How applications for single sign-on are spoken of; pure, so that tests can read it.
import type { Tone } from '#console/shell/state.tsx';
import type { Application } from './queries.ts';

export type Kind = Application['oidc']['preset'] | 'saml';

export const kindWords: Readonly<Record<Kind, string>> = {
  entra: 'Microsoft Entra, one tenant',
  'entra-multi': 'Microsoft Entra, several tenants',
  google: 'Google Workspace',
  okta: 'Okta',
  generic: 'Another OpenID Connect provider',
  saml: 'A SAML 2.0 provider',
};

/** What is asked of the provider's address, by kind. */
export const addressHints: Readonly<
  Record<Exclude<Kind, 'saml'>, { readonly placeholder: string; readonly said: string }>
> = {
  entra: {
    placeholder: 'https://login.microsoftonline.com/TENANT-ID/v2.0',
    said: 'With the tenant’s id in it, as the app registration shows it under Endpoints.',
  },
  'entra-multi': {
    placeholder: 'https://login.microsoftonline.com/organizations/v2.0',
    said: 'Leave it empty for the public cloud.',
  },
  google: {
    placeholder: 'https://accounts.google.com',
    said: 'Leave it empty: Google has one for everybody.',
  },
  okta: {
    placeholder: 'https://NAME.okta.com',
    said: 'The issuer, as Okta shows it under Security, API.',
  },
  generic: {
    placeholder: 'https://id.example.org',
    said: 'The issuer, or the address of its discovery document.',
  },
};

export function kindOf({ protocol, oidc }: Pick<Application, 'protocol' | 'oidc'>): Kind {
  return protocol === 'saml' ? 'saml' : oidc.preset;
}

export function stateOf(application: Application): { readonly word: string; readonly tone: Tone } {
  if (!application.active) return { word: 'off', tone: 'quiet' };
  const lacks = application.warnings.some((warning) => warning.startsWith('Nobody can sign on'));
  return lacks ? { word: 'incomplete', tone: 'failed' } : { word: 'on', tone: 'done' };
}

export function whoMay({ allows: { agent, user } }: Pick<Application, 'allows'>): string {
  if (agent && user) return 'agents and users';
  return agent ? 'agents' : user ? 'users' : 'nobody yet';
}

export const attemptWords: Readonly<Record<string, string>> = {
  'signed-in': 'signed somebody in',
  tested: 'was a test that passed',
  refused: 'was refused',
  failed: 'failed',
  'signed-out': 'signed somebody out',
};

/** The first line: whether people come in by another system, and whether something stands in their way. */
export function firstLine(applications: readonly Application[]): string {
  const on = applications.filter(({ active }) => active);
  if (on.length === 0) return 'Everybody signs in with a password of this hub.';
  const names = on.map(({ name }) => name);
  const who =
    names.length <= 2
      ? `People sign in with ${names.join(' or ')}`
      : `People sign in in ${names.length} other ways`;
  const broken = on.filter((one) => stateOf(one).word === 'incomplete');
  const [first] = broken;
  return first === undefined ? `${who}.` : `${who}; ${first.name} is not complete.`;
}
