// Everything secret links need of the rest of the hub, put together once.
import type { Clock } from '#lib/clock.ts';
import type { Log } from '#lib/log.ts';
import type { Db } from '#store/db.ts';
import type { Sealing } from '#store/sealing.ts';
import { type Claims, openClaims } from './claim.ts';
import { linkMaker } from './create.ts';
import type { LinkRules } from './model.ts';
import { openPassphrases, type Passphrases } from './passphrases.ts';
import { type LockedLink, tokenFinder } from './queries.ts';
import { openRoom, type Room } from './room.ts';
import { openSettling, type Settle, type TellSender } from './settle.ts';

export type SecretLinkPorts = {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Log;
  readonly sealing: Sealing;
  readonly rules: LinkRules;
  readonly publicUrl: URL;
  /** Resolves when these entries of the trail are numbered and chained; throws when that cannot be. */
  readonly chained: (ids: readonly string[]) => Promise<void>;
  readonly tellSender: TellSender;
};

export type LinkPorts = SecretLinkPorts & {
  readonly passphrases: Passphrases;
  readonly room: Room;
  readonly make: ReturnType<typeof linkMaker>;
  readonly claims: Claims;
  readonly settle: Settle;
  readonly findByToken: (token: string) => Promise<LockedLink | undefined>;
};

export function openLinks(ports: SecretLinkPorts): LinkPorts {
  const passphrases = openPassphrases();
  const room = openRoom(ports.db, ports.rules);
  return {
    ...ports,
    passphrases,
    room,
    make: linkMaker({ ...ports, passphrases, room }),
    claims: openClaims(ports),
    settle: openSettling(ports),
    findByToken: tokenFinder(ports.db),
  };
}
