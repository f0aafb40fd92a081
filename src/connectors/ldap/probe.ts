// Tries a directory connection without changing anything, and names the stage that failed and the cure.
import type { LdapSettings, ProbeResult, ProbeStage } from '#domain/connection.ts';
import type { DirectoryRefusal, DirectoryRefusalCode } from '#domain/ports/directory.ts';
import type { Allowance } from '#lib/connect-guard.ts';
import { ConnectRefusal } from '#lib/connect-refusal.ts';
import type { Secret } from '#lib/secret.ts';
import type { LdapAddress } from './address.ts';
import { refusal } from './refusals.ts';
import { missingRights, type Units } from './rights.ts';
import { openSession, type Root, type Stage } from './session.ts';

/** A connection's settings as the connector takes them. */
export function ldapAddress(settings: LdapSettings, allowance: Allowance): LdapAddress {
  const { host, port, security, bindDn, baseDn, ca } = settings;
  return {
    ...{ host, port, security, bindDn, allowance },
    ...(ca === null ? {} : { caPem: ca }),
    ...(baseDn === null ? {} : { baseDn }),
  };
}

/** Connects, signs in, reads; with `units`, also looks whether the rights on them suffice. */
export async function probeLdap(
  address: LdapAddress,
  password: Secret,
  units?: Units,
): Promise<ProbeResult> {
  let stage: Stage | undefined;
  try {
    await using session = await openSession(address, password, (reached) => {
      stage = reached;
    });
    const { missing } = units === undefined ? { missing: [] } : await missingRights(session, units);
    const [first] = missing;
    if (first === undefined) return { ok: true, sentence: welcome(session.root, address) };
    const more = missing.length > 1 ? ` (and ${missing.length - 1} more rights are missing)` : '';
    return failed('rights', 'rights.missing', `${first.sentence}${more}`);
  } catch (error) {
    const known = refusal(error);
    return failed(stageOf(known, stage), known.code, known.message);
  }
}

function failed(stage: ProbeStage, code: string, sentence: string): ProbeResult {
  return { ok: false, stage, code, sentence };
}

function welcome({ server, dnsDomain, activeDirectory }: Root, address: LdapAddress): string {
  const where = server === '' ? `${address.host}:${address.port}` : server;
  const what = activeDirectory ? `Active Directory ${dnsDomain}` : 'an LDAP directory, to be read';
  const how =
    address.security === 'plain'
      ? ' The connection is not encrypted: its password travels readably, and no accounts can be created over it.'
      : '';
  return `Signed in to ${where} (${what}).${how}`;
}

const stages: Partial<Readonly<Record<DirectoryRefusalCode, ProbeStage>>> = {
  'credentials.refused': 'credentials',
  'tls.untrusted': 'tls',
  'tls.required': 'tls',
  'rights.missing': 'rights',
};

function stageOf(known: DirectoryRefusal, reached: Stage | undefined): ProbeStage {
  if (known.detail instanceof ConnectRefusal) return known.detail.stage;
  return stages[known.code] ?? (reached === undefined ? 'connect' : 'answer');
}
