// Roles: what agents may do is the union of theirs. And the roles of people, which grant nothing here.
import { sql } from 'kysely';
import { z } from 'zod';
import { everyPermission, type Permission } from '#domain/permission.ts';
import { refuse } from '#domain/problem.ts';
import { byInt } from '#features/desk/resource/filter.ts';
import { mustStay, textOf, withoutNulls } from '#features/desk/resource/given.ts';
import type { Raw, Resource, Saving } from '#features/desk/resource/resource.ts';
import type { Given } from '#http/halo/model.ts';
import { permissionClaim, roleMembers, userRoleMembers } from './members.ts';

const common = {
  keys: ['id'],
  named: 'name',
  dated: false,
  order: 'lower(t.name)',
  search: ['t.name'],
  edit: 'admin',
  shared: true,
} as const satisfies Partial<Resource>;

export const roles: Resource = {
  ...common,
  path: 'Roles',
  model: ['NHD_Roles', 'NHD_Roles'],
  kind: 'role',
  table: 'desk_roles',
  from: 'desk_roles t',
  members: roleMembers,
  filters: {
    agentid: byInt(
      (id) => sql`t.id in (select role_id from desk_agent_roles where agent_id = ${id})`,
    ),
  },
  visibleTo: (actor) => (actor.kind === 'user' ? sql`false` : undefined),
  read: ['read:tickets', 'read:customers', 'read:assets'],
  rules: { create: createRole, change: changeRole, mayDelete },
};

export const userRoles: Resource = {
  ...common,
  path: 'UserRoles',
  model: ['UserRoles', 'UserRoles'],
  kind: 'user role',
  table: 'desk_user_roles',
  from: 'desk_user_roles t',
  members: userRoleMembers,
  filters: {},
  visibleTo: () => undefined,
  read: 'signed-in',
  rules: {
    create: async ({ given }) => {
      if (textOf(given, 'name') === undefined) needName('user role');
      return withoutNulls(given);
    },
    change: async ({ given }) => {
      mustStay(given, 'user role', ['name']);
      return given;
    },
  },
};

async function createRole({ given }: Saving): Promise<Given> {
  if (textOf(given, 'name') === undefined) needName('role');
  return { ...withoutNulls(given), _permissions: permissionsOf(given.claims) ?? [] };
}

async function changeRole({ given }: Saving): Promise<Given> {
  mustStay(given, 'role', ['name']);
  const permissions = permissionsOf(given.claims);
  return permissions === undefined ? given : { ...given, _permissions: permissions };
}

function needName(kind: string): never {
  return refuse('record.incomplete', { kind, member: 'a name' });
}

const Claims = z.array(z.looseObject({ type: z.string().nullish(), value: z.string().nullish() }));

/** The permissions that the claims grant; undefined where none are given at all. */
function permissionsOf(claims: unknown): readonly Permission[] | undefined {
  if (claims === undefined || claims === null) return undefined;
  const read = Claims.safeParse(claims);
  if (!read.success) refuse('request.invalid', { reason: 'claims: each is a type and a value' });
  const granted = (read.data ?? [])
    .filter(({ type }) => type?.toLowerCase() === permissionClaim)
    .map(({ value }) => value ?? '');
  return [...new Set(granted)].map(
    (value) =>
      everyPermission.find((permission) => permission === value) ??
      refuse('role.unknown-permission', {
        permission: value.slice(0, 60),
        known: everyPermission.join(', '),
      }),
  );
}

function mayDelete(before: Raw): void {
  if (before.standard === true) refuse('record.kept', { kind: 'role' });
}
