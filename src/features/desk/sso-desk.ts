// The desk as single sign-on asks for it: always within the transaction of a sign-on, which must not wait
// for a second connection of the pool.
import type { Actor } from '#domain/actor.ts';
import type { People } from '#domain/ports/people.ts';
import type { Clock } from '#lib/clock.ts';
import type { Tx } from '#store/db.ts';
import { agentsOfTheHub } from './agents-port.ts';
import { saveRecord } from './resource/save.ts';
import { users } from './users/users.ts';
import { usersOfTheHub } from './users-port.ts';

type Profile = {
  readonly name?: string;
  readonly firstName?: string;
  readonly surname?: string;
  readonly title?: string;
  readonly department?: string;
  readonly phone?: string;
  readonly mobile?: string;
};

type NewUser = {
  readonly name: string;
  readonly siteId: number;
  readonly email: string | undefined;
  readonly details: Profile;
};

export function deskOfSignOns(clock: Clock) {
  return {
    peopleIn: (tx: Tx): People => ({ agents: agentsOfTheHub(tx, clock), users: usersOfTheHub(tx) }),
    createUser: async (tx: Tx, { name, siteId, email, details }: NewUser, actor: Actor) => {
      const given = {
        ...membersOf({ ...details, name }),
        site_id: siteId,
        ...(email === undefined ? {} : { emailaddress: email }),
      };
      const { id } = await saveRecord(tx, users, { actor, now: clock() }, given);
      return Number(id);
    },
    updateUser: async (tx: Tx, id: number, profile: Profile, actor: Actor) => {
      await saveRecord(tx, users, { actor, now: clock() }, { id, ...membersOf(profile) });
    },
  };
}

/** Halo's names of what an identity tells. */
function membersOf({ name, firstName, surname, title, department, phone, mobile }: Profile) {
  const members = {
    name,
    firstname: firstName,
    surname,
    title,
    department,
    phonenumber: phone,
    mobilenumber: mobile,
  };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
