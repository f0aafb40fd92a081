// What a sync is told: which parts of a directory become whom in the desk, and which attribute becomes which field.
import { z } from 'zod';
import { GuardLimits } from '#domain/guards.ts';

/** What an entry of a directory becomes: one person may be a user and an agent, each a record of its own. */
export const syncTargets = ['user', 'agent', 'cab-member'] as const;
export type SyncTarget = (typeof syncTargets)[number];

/** One part of the directory and where its people belong; of several that hold a person, the first decides. */
export const Place = z.strictObject({
  /** Unique within the hub, and kept for ever: Halo's LDAPString.id. */
  id: z.int().min(1),
  name: z.string().max(4_000).default(''),
  target: z.enum(syncTargets),
  /** A container (an OU, or the naming context), or a group whose members they are. */
  kind: z.enum(['container', 'group']).default('container'),
  dn: z.string().min(1).max(1_000),
  /** Of a container: all below it, else its own entries alone. Of a group: members of nested groups too. */
  recursive: z.boolean().default(true),
  /** RFC 4515; everybody who is a person when it is empty. */
  filter: z.string().max(2_000).default(''),
  /** Of users: the site they belong to. */
  siteId: z.int().nullable().default(null),
  /** Of users: the role of the desk they get, by its id as text. */
  userRoleId: z.int().nullable().default(null),
  /** Of agents: the roles they get, by GUID or number. */
  roleIds: z.array(z.string().max(255)).max(50).default([]),
  /** Of CAB members: which board. */
  cabId: z.int().nullable().default(null),
});
export type Place = z.infer<typeof Place>;

/** An attribute of the directory that becomes a field of the desk. */
export const FieldMapping = z.strictObject({
  /** Halo's LDAPName.id. */
  id: z.int().min(1),
  /** `new-user` is written when a user is created and never again. */
  target: z.enum(['user', 'agent', 'new-user']),
  /** By its LDAP name; `%name%` in a text of several, as in `%givenName% %sn%`. */
  from: z.string().min(1).max(4_000),
  /** Our name of a field (fields.ts), or `custom:NAME` for a custom field. */
  to: z.string().min(1).max(4_000),
});
export type FieldMapping = z.infer<typeof FieldMapping>;

const Limit = z.object({ count: z.int().min(0), percent: z.number().min(0).max(100) });

/** More than `count` and more than `percent` of the people known; the same numbers as everywhere (RULES). */
export const SyncLimits = GuardLimits.extend({
  /** People who change their site, role or name. */
  moves: Limit.default({ count: 3, percent: 5 }),
});
export type SyncLimits = z.infer<typeof SyncLimits>;

export const SyncSettings = z.strictObject({
  name: z.string().min(1).max(100),
  /** Where it looks when a place says no more; the directory's own naming context when it is empty. */
  baseDn: z.string().max(1_000).default(''),
  pageSize: z.int().min(1).max(1_000).default(1_000),
  /** Contacts of the directory are people too, beside its accounts. */
  contacts: z.boolean().default(false),
  places: z.array(Place).max(1_000).default([]),
  fields: z.array(FieldMapping).max(500).default([]),
  /** Fields by which a person not yet known is found in the desk, the surest first. */
  userMatching: z.array(z.string().max(100)).max(10).default(['email', 'login']),
  agentMatching: z.array(z.string().max(100)).max(10).default(['email', 'login']),
  /** The field of a user that holds the directory's immutable id; none when it is empty. */
  idField: z.string().max(100).default(''),
  /** What becomes of those who are gone from every place of theirs, or disabled there. */
  leavers: z
    .strictObject({
      gone: z.enum(['deactivate', 'review']).default('deactivate'),
      disabled: z.enum(['deactivate', 'keep']).default('deactivate'),
    })
    .prefault({}),
  /** A template whose fields a new user starts with: a user of the desk by id. */
  newUserTemplateId: z.int().nullable().default(null),
  limits: SyncLimits.prefault({}),
  approval: z.enum(['always', 'first-run', 'never']).default('first-run'),
  /** Every N minutes, or a cron line (UTC); neither runs by hand alone. */
  schedule: z
    .union([
      z.strictObject({ everyMinutes: z.int().min(1).max(10_080) }),
      z.strictObject({ cron: z.string().max(100) }),
    ])
    .nullable()
    .default(null),
  /** What a scheduled sync asks for: what changed since the last one, or everything each time. */
  reads: z.enum(['changes', 'whole']).default('changes'),
  /** How many days may pass between whole reads; a delta that cannot see deletions makes one sooner. */
  wholeReadEveryDays: z.int().min(1).max(90).default(7),
  /**
   * Where the directory does not show the service account who was deleted, only a whole read finds out: how many
   * hours may pass before the next. DirSync for an ordinary account is such a directory.
   */
  deletionsSoughtEveryHours: z.int().min(1).max(720).default(24),
});
export type SyncSettings = z.infer<typeof SyncSettings>;

/** A sync as its work knows it. */
export type Sync = {
  /** Halo's LDAPConnection.id. */
  readonly id: number;
  /** The connection it reads, an `ldap`; its id is Halo's guid. */
  readonly connectionId: string;
  /** The Halo it writes to; null for the hub's own desk. */
  readonly deskConnectionId: string | null;
  readonly clientId: number | null;
  /** Grows with every change of the settings: then everybody is planned anew. */
  readonly version: number;
  readonly settings: SyncSettings;
};

/**
 * Stands for the hub's own desk where a change names the connection it is made through; a remote Halo has a
 * connection of its own.
 */
export const ownDeskId = '00000000-0000-4000-8000-00000000de5c';
