// What self-service asks about a person's account in a directory: which it is, whether it may be reset, and to reset it.
import type { Actor } from '#domain/actor.ts';
import type { ProblemCode } from '#domain/problem.ts';
import type { Secret } from '#lib/secret.ts';

/** A user of this hub's desk, as the desk knows them: what an account may be found by. */
export type ResetPerson = {
  readonly userId: number;
  readonly name: string;
  /** The client the user belongs to: only directories of that client, or of all, are looked into. */
  readonly clientId: number | null;
  /** The desk says it is a service account (`isserviceaccount`): never reset. */
  readonly serviceAccount?: boolean;
  /** `login`, however written: jsmith, LARKFIELD\jsmith or jsmith@ad.larkfield.test. */
  readonly login?: string | undefined;
  readonly samAccountName?: string | undefined;
  /** `activedirectory_dn` and `onpremise_activedirectory_dn`. */
  readonly distinguishedNames?: readonly string[];
  readonly objectGuid?: string | undefined;
};

/** Why there is no account to reset, or why it may not be; each a code of domain/reset-problems.ts. */
export type ResetObstacle = {
  readonly code: Extract<ProblemCode, `reset.${string}`>;
  readonly sentence: string;
};

export type ResetAccount = {
  readonly directoryConnectionId: string;
  /** How people call the directory: "Active Directory (Larkfield)". */
  readonly system: string;
  /** The account's immutable id. */
  readonly id: string;
  readonly dn: string;
  readonly logonName: string;
  /** Linked by the hub for ever, or found just now by the one thing that both sides have. */
  readonly found: 'linked' | 'matched';
  /** Locked after too many wrong passwords, as far as the directory shows it. */
  readonly locked: boolean;
  /** Whether it keeps people from taking an old password again when it is reset. */
  readonly historyEnforced: boolean;
};

export type ResetStanding =
  | { readonly may: true; readonly account: ResetAccount }
  | ({ readonly may: false } & ResetObstacle);

/** The policy that says yes in the place of a person; name and version are stored with the plan's hash. */
export type ResetPolicy = {
  readonly name: string;
  readonly version: number;
  /** No more than so many resets and unlocks in one directory within 24 hours: more is an attack. */
  readonly perDayMax: number;
  /** Only accounts that the hub has linked, none found by its name. */
  readonly onlyLinked?: boolean;
};

type ResetCommon = {
  readonly person: ResetPerson;
  readonly policy: ResetPolicy;
  /** Who asks: the user themselves, or an application of the desk. */
  readonly actor: Actor;
  /** Why, in words for history: "Two questions and a code were answered". Never what was answered. */
  readonly because: readonly string[];
  /** What the run is to be called: who wrote it down before finds the run again after a crash. */
  readonly runId?: string;
};

export type ResetAsked =
  | (ResetCommon & {
      readonly what: 'reset';
      /** Sealed at once, destroyed after the directory has it or has refused it; in no plan, log or audit. */
      readonly password: Secret;
      /** Must be changed at the next logon; false where the person chose it. */
      readonly mustChange?: boolean;
    })
  | (ResetCommon & { readonly what: 'unlock' });

export type ResetOutcome = {
  /** `waiting`: the directory cannot just now and is asked again at `until`. */
  readonly state: 'running' | 'waiting' | 'done' | 'failed';
  /** Of a failure: `password.used-before`, `rights.missing`, `reset.privileged` and the like. */
  readonly code?: string | undefined;
  /** For the person; says what to do. */
  readonly sentence: string;
  readonly until?: Date;
  /** Whether another password may help: the policy refused this one. */
  readonly anotherPassword: boolean;
};

export type PasswordResets = {
  /** Looks, writes nothing. A directory that cannot be asked is an obstacle, `reset.directory-away`. */
  look(person: ResetPerson, policy: ResetPolicy, signal?: AbortSignal): Promise<ResetStanding>;
  /** Looks again, plans, guards, takes the policy's yes, starts the run. Refuses with an obstacle's code. */
  start(asked: ResetAsked): Promise<{ readonly planId: string; readonly runId: string }>;
  /** Whether the run was begun, whatever `start` had to say of it. */
  hasBegun(runId: string): Promise<boolean>;
  outcome(runId: string): Promise<ResetOutcome>;
  /** The outcome once there is one, or what is known when the time is over. */
  waitFor(runId: string, limitMs: number, signal?: AbortSignal): Promise<ResetOutcome>;
};
