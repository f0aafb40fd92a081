// Composes what is done to who may come in without anybody at the door: by commands, and by a hub as it starts.
import type { Actor } from '#domain/actor.ts';
import type { Agents } from '#domain/ports/agents.ts';
import type { Users } from '#domain/ports/users.ts';
import { refuse } from '#domain/problem.ts';
import {
  createApplication,
  enableApplication,
  type NewApplication,
  removeApplication,
  renewKey,
  renewSecret,
} from '#features/applications/commands.ts';
import { allApplications, namedApplication } from '#features/applications/queries.ts';
import { createAgent, ensureFirstAdministrator, invite } from '#features/sign-in/credentials.ts';
import { openPasswords } from '#features/sign-in/passwords.ts';
import type { Clock } from '#lib/clock.ts';
import type { Db } from '#store/db.ts';

export type AccessPorts = {
  readonly db: Db;
  readonly agents: Agents;
  readonly users: Users;
  readonly clock: Clock;
};

/** What the command line does, and the hub at its first start. */
export function accessCommands(ports: AccessPorts) {
  const { db, clock } = ports;
  return {
    /** Undefined when there was one already; else who, and the password if it was made here. */
    ensureFirstAdministrator: async (
      options: Parameters<typeof ensureFirstAdministrator>[1] = {},
    ) => {
      const passwords = await openPasswords();
      return ensureFirstAdministrator({ ...ports, passwords }, options, clock());
    },
    createAgent: async (given: Parameters<typeof createAgent>[1], by: Actor) => {
      const passwords = await openPasswords();
      return createAgent({ ...ports, passwords }, given, by, clock());
    },
    /** A first password for a user of the desk, by their e-mail address or login name. */
    inviteUser: async (login: string, by: Actor) => {
      const found = await ports.users.findByLogin(login);
      if (found === undefined) return refuse('record.unknown', { kind: 'user', id: login });
      const passwords = await openPasswords();
      const person = { ...found, kind: 'user' as const };
      return { user: found, password: await invite({ ...ports, passwords }, person, by, clock()) };
    },
    createApplication: (given: NewApplication, by: Actor) =>
      createApplication(db, given, by, clock()),
    listApplications: () => allApplications(db),
    /** By its id, its client id or a name that one alone has. */
    findApplication: (word: string) => namedApplication(db, word),
    renewSecret: (id: string, by: Actor) => renewSecret(db, id, by, clock()),
    enableApplication: (id: string, enabled: boolean, by: Actor) =>
      enableApplication(db, id, enabled, by, clock()),
    removeApplication: (id: string, by: Actor) => removeApplication(db, id, by),
    renewKey: (key: Parameters<typeof renewKey>[1], by: Actor) => renewKey(db, key, by, clock()),
  };
}
