// Tries a directory connection without changing anything, and names the stage that failed and the cure.
import type { LdapSettings, ProbeResult, ProbeStage } from '#domain/connection.ts';
import type { DirectoryRefusal, DirectoryRefusalCode } from '#domain/ports/directory.ts';
import type { Allowance } from '#lib/connect-guard.ts';
import { ConnectRefusal } from '#lib/connect-refusal.ts';
import type { Secret } from '#lib/secret.ts';
import type { LdapAddress } from './address.ts';
import type { Stage } from './reach.ts';
import { refusal } from './refusals.ts';
import { missingRights, type Units } from './rights.ts';
import { openSession, type Session } from './session.ts';

/** A connection's settings as the connector takes them. */
export function ldapAddress(settings: LdapSettings, allowance: Allowance): LdapAddress {
  const { host, port, others, security, authentication, bindDn, baseDn, ca } = settings;
  return {
    ...{ host, port, others, security, authentication, bindDn, allowance },
    ...(settings.referrals === 'chase' ? { chase: chaseable(settings) } : {}),
    ...(ca === null ? {} : { caPem: ca }),
    ...(baseDn === null ? {} : { baseDn }),
  };
}

/** Where a search may be followed to: nowhere that the settings do not name. */
function chaseable({ host, port, others, referralHosts }: LdapSettings) {
  return [{ host, port }, ...others, ...referralHosts];
}

/** Connects, signs in, reads; with `units`, also looks whether the rights on them suffice. */
export async function probeLdap(
  address: LdapAddress,
  password: Secret,
  units?: Units,
): Promise<ProbeResult> {
  let stage: Stage | undefined;
  try {
    await using session = await openSession(address, password, {
      reached: (passed) => {
        stage = passed;
      },
    });
    const { missing } = units === undefined ? { missing: [] } : await missingRights(session, units);
    const [first] = missing;
    if (first === undefined) return { ok: true, sentence: welcome(session, address) };
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

function welcome({ root, reached, passedOver }: Session, address: LdapAddress): string {
  const { server, dnsDomain, activeDirectory } = root;
  const at = `${reached.host}:${reached.port}`;
  // Of several hosts the one that answered; what it calls itself need not be what it is reached by.
  const several = (address.others?.length ?? 0) > 0;
  const where = server === '' ? at : several ? `${server} at ${at}` : server;
  const what = activeDirectory ? `Active Directory ${dnsDomain}` : 'an LDAP directory, to be read';
  const how =
    address.security === 'plain'
      ? ' The connection is not encrypted: its password travels readably, and no accounts can be created over it.'
      : '';
  const first = passedOver.length === 0 ? '' : ` Passed over: ${passedOver.join(' ')}`;
  return `Signed in to ${where} (${what}).${how}${first}`;
}

const stages: Partial<Readonly<Record<DirectoryRefusalCode, ProbeStage>>> = {
  'credentials.refused': 'credentials',
  'tls.untrusted': 'tls',
  'tls.required': 'tls',
  'rights.missing': 'rights',
  'container.missing': 'base',
};

function stageOf(known: DirectoryRefusal, reached: Stage | undefined): ProbeStage {
  if (known.detail instanceof ConnectRefusal) return known.detail.stage;
  return stages[known.code] ?? (reached === undefined ? 'connect' : 'answer');
}
