// Opens a Halo: one signed-in session behind the guard, as an application and as a service desk.
import type { HaloSettings, ProbeResult } from '#domain/connection.ts';
import { type Application, ApplicationRefusal } from '#domain/ports/application.ts';
import type { RemotePeople } from '#domain/ports/remote-people.ts';
import type { ServiceDesk } from '#domain/ports/service-desk.ts';
import type { Allowance } from '#lib/connect-guard.ts';
import { ConnectRefusal } from '#lib/connect-refusal.ts';
import { guardedAgent } from '#lib/guarded-agent.ts';
import type { Secret } from '#lib/secret.ts';
import type { SecretSource } from '#lib/secret-source.ts';
import { haloApplication } from './application.ts';
import { haloDesk } from './desk.ts';
import { haloLimits } from './limits.ts';
import { haloPeople } from './people.ts';
import { openSession, type Session, type SessionOptions } from './session.ts';

export type Halo = Application & ServiceDesk & { readonly people: RemotePeople };

export type HaloOptions = Omit<SessionOptions, 'dispatcher'>;

export function openHalo(
  settings: HaloSettings,
  secret: Secret | SecretSource,
  allowance: Allowance,
  options: HaloOptions = {},
): Halo {
  const { session, close } = opened(settings, secret, allowance, options);
  return {
    ...haloApplication(session),
    ...haloDesk(session),
    people: haloPeople(session),
    [Symbol.asyncDispose]: close,
  };
}

/** Tries address, TLS, credentials and the right to read users, in that order, and names where it stopped. */
export async function probeHalo(
  settings: HaloSettings,
  secret: Secret | SecretSource,
  allowance: Allowance,
  options: HaloOptions = {},
): Promise<ProbeResult> {
  const { session, close } = opened(settings, secret, allowance, {
    ...options,
    limits: { attemptsMax: 1, callMs: 20_000, ...options.limits },
  });
  try {
    await session.signIn();
    const users = await countUsers(session);
    const { host } = new URL(session.root);
    return { ok: true, sentence: `${host} answers, and ${users} can be read.` };
  } catch (error) {
    if (error instanceof ApplicationRefusal) return failed(error);
    throw error;
  } finally {
    await close();
  }
}

async function countUsers(session: Session): Promise<string> {
  const application = haloApplication(session);
  const answer = await application.send({
    method: 'GET',
    url: 'api/Users',
    headers: {},
    parameters: { pageinate: 'true', page_size: '1', page_no: '1', includeinactive: 'true' },
  });
  const count = /"record_count"\s*:\s*(\d+)/.exec(answer.text)?.[1];
  if (answer.status !== 200 || count === undefined) {
    throw new ApplicationRefusal(
      'answer.malformed',
      `${new URL(session.root).host} does not list its users as a Halo does (status ${answer.status}); check the address.`,
      false,
    );
  }
  return count === '1' ? 'its one user' : `its ${count} users`;
}

function failed(refusal: ApplicationRefusal): ProbeResult {
  const { detail, code, message } = refusal;
  const how = detail instanceof ConnectRefusal ? detail : undefined;
  return {
    ok: false,
    stage: how?.stage ?? stageOf(code),
    code: how?.code ?? code,
    sentence: message,
  };
}

function stageOf(code: ApplicationRefusal['code']) {
  switch (code) {
    case 'credentials.refused':
    case 'rights.missing':
      return code === 'rights.missing' ? 'rights' : 'credentials';
    case 'address.refused':
      return 'address';
    case 'application.unreachable':
      return 'connect';
    default:
      return 'answer';
  }
}

function opened(
  settings: HaloSettings,
  secret: Secret | SecretSource,
  allowance: Allowance,
  options: HaloOptions,
) {
  const limits = { ...haloLimits, ...options.limits };
  const dispatcher = guardedAgent(allowance, {
    limits: { answerBytesMax: limits.answerBytesMax },
    ...(settings.ca === null ? {} : { ca: settings.ca }),
  });
  const session = openSession(settings, secret, { ...options, dispatcher });
  return { session, close: () => dispatcher.close() };
}
