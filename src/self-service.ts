// Composes self-service: sign-in's second factors and sessions, automation's resets, the mail of a connection.
import type { GivenPorts } from '#features/password-reset/tasks.ts';
import { secondFactors } from '#features/sign-in/factors.ts';
import { endSessionsOf } from '#features/sign-in/sessions.ts';
import type { Hub } from './hub.ts';
import { passwordResetsOf } from './password-resets.ts';

export function selfServicePortsOf(hub: Hub, publicUrl: URL): GivenPorts {
  const { db, clock, sealing, connections } = hub;
  return {
    db,
    clock,
    sealing,
    publicUrl,
    factors: secondFactors({ db, clock, sealing }),
    resets: passwordResetsOf(hub, publicUrl),
    openMailer: connections.openMailer,
    endSignInsOf: (tx, id) => endSessionsOf(tx, { kind: 'user', id }),
  };
}
