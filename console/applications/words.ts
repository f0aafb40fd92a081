// How API applications are spoken of; pure, so that tests can read it.
import type { ApplicationKind } from '#features/applications/model.ts';

export const kindWords: Readonly<Record<ApplicationKind, string>> = {
  'client-secret': 'Client id and secret, for services',
  'username-password': 'Username and password, for programs that can do nothing better',
  'authorization-code': 'Authorisation code, for programs that act for a person',
  'api-key': 'API key, for programs that know keys alone',
};

export function firstLine(applications: readonly { readonly enabled: boolean }[]): string {
  const off = applications.filter(({ enabled }) => !enabled).length;
  const on = applications.length - off;
  if (applications.length === 0) return 'No program may call the hub yet.';
  const may = `${on === 0 ? 'No program' : on === 1 ? '1 program' : `${on} programs`} may call the hub`;
  return off === 0 ? `${may}.` : `${may}; ${off} ${off === 1 ? 'is' : 'are'} disabled.`;
}
