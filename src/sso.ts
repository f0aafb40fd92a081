// Composes single sign-on: the desk's people, sign-in's sessions, and the rules of what may be reached.
import { deskOfSignOns } from '#features/desk/sso-desk.ts';
import type { SsoPorts } from '#features/sso/ports.ts';
import type { Access } from './access.ts';
import type { Hub } from './hub.ts';

export function ssoPortsOf(
  { db, agents, users, clock, sealing, log, rules }: Hub,
  { ssoSessions }: Pick<Access, 'ssoSessions'>,
  publicUrl: URL,
): SsoPorts {
  const secure = publicUrl.protocol === 'https:';
  const sessions = ssoSessions;
  const desk = deskOfSignOns(clock);
  return { db, agents, users, clock, sealing, log, publicUrl, secure, rules, sessions, desk };
}
