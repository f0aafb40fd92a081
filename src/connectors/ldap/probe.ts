// Tries a directory connection without changing anything, and names the stage that failed and the cure.
import { PresenceFilter } from 'ldapts';
import type { LdapSettings, ProbeResult, ProbeStage } from '#domain/connection.ts';
import { DirectoryRefusal, type DirectoryRefusalCode } from '#domain/ports/directory.ts';
import type { Allowance } from '#lib/connect-guard.ts';
import { ConnectRefusal } from '#lib/connect-refusal.ts';
import { sameDn } from '#lib/dn.ts';
import type { Secret } from '#lib/secret.ts';
import { isAccount } from './accounts.ts';
import type { LdapAddress } from './address.ts';
import { firstText } from './entry.ts';
import { firstValueOf } from './raw-entry.ts';
import type { Stage } from './reach.ts';
import { readBase } from './read-base.ts';
import { refusal } from './refusals.ts';
import { missingRights, type Units } from './rights.ts';
import { rawPages } from './search.ts';
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
    const sight = await lookAround(session);
    const { missing } = units === undefined ? { missing: [] } : await missingRights(session, units);
    const [first] = missing;
    if (first === undefined) {
      const sentence = `${welcome(session, address)}${sight}`;
      return { ok: true, sentence };
    }
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

/**
 * Reads as a sync would, a little of it: whoever shows people without their ids, nothing at all or fewer than there
 * are, is no directory to conclude anything from. Gives what else there is to say.
 */
async function lookAround(session: Session): Promise<string> {
  const { activeDirectory, baseDn, context } = session.root;
  const idName = activeDirectory ? 'objectGUID' : 'entryUUID';
  const search = { base: baseDn, filter: isAccount(session), attributes: [idName] };
  let seen = 0;
  for await (const { entries } of rawPages(session, search)) {
    const blind = entries.find(
      (raw) => firstValueOf(raw, Buffer.from(idName.toLowerCase())) === undefined,
    );
    if (blind !== undefined) {
      throw unseen(`It shows people without their immutable id (${idName})`);
    }
    seen += entries.length;
    if (seen >= sampleMax) return '';
  }
  if (seen > 0) return '';
  const below = { base: baseDn, scope: 'one', filter: anything, attributes: [idName] } as const;
  for await (const { entries } of rawPages(session, below, { size: 1 })) {
    if (entries.length > 0) return ` It sees no people below ${baseDn}.`;
  }
  const base = await readBase(await session.connection(), baseDn, ['hasSubordinates']);
  const full = base !== undefined && firstText(base, 'hasSubordinates')?.toUpperCase() === 'TRUE';
  if (full || (activeDirectory && sameDn(baseDn, context))) {
    throw unseen(`It shows nothing of what lies below ${baseDn}`);
  }
  return ` It sees nothing below ${baseDn}.`;
}

/** Servers that limit an answer do so at some hundreds; this is more, and read in a moment. */
const sampleMax = 1_001;
const anything = new PresenceFilter({ attribute: 'objectClass' });

function unseen(what: string): DirectoryRefusal {
  return new DirectoryRefusal(
    'rights.missing',
    `${what}; give the service account the right to read it.`,
    false,
  );
}

const stages: Partial<Readonly<Record<DirectoryRefusalCode, ProbeStage>>> = {
  'credentials.refused': 'credentials',
  'tls.untrusted': 'tls',
  'tls.required': 'tls',
  'rights.missing': 'rights',
  'container.missing': 'base',
  // Before anybody asks for more, the base DN is the one value given.
  'value.refused': 'base',
};

function stageOf(known: DirectoryRefusal, reached: Stage | undefined): ProbeStage {
  if (known.detail instanceof ConnectRefusal) return known.detail.stage;
  // Cut short by the server's own will, not by the way.
  if (known.code === 'read.incomplete' && !known.retryable) return 'limit';
  return stages[known.code] ?? (reached === undefined ? 'connect' : 'answer');
}
