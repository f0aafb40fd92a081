import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hindrance } from './impersonation.ts';
import { type Permission, permissionsOfUser } from './permission.ts';
import type { Person } from './ports/people.ts';

function anAgent(
  id: number,
  permissions: readonly Permission[],
  more: Partial<Person> = {},
): Person {
  return {
    kind: 'agent',
    id,
    name: `Agent ${id}`,
    email: `agent.${id}@larkfield.test`,
    enabled: true,
    permissions: new Set(permissions),
    ...more,
  };
}

const bela: Person = {
  kind: 'user',
  id: 7,
  name: 'Bela Costa',
  email: 'bela.costa@larkfield.test',
  enabled: true,
  permissions: permissionsOfUser(),
  clientId: 2,
};
const rosa = anAgent(1, ['admin']);
const tomas = anAgent(2, ['all:standard', 'impersonate:agents', 'impersonate:users']);
const ines = anAgent(3, ['all:standard']);

function said(by: Person, target: Person | undefined, asked = target?.kind ?? 'agent', on = true) {
  return hindrance(by, target, asked, on)?.code;
}

describe('Acting as somebody else', () => {
  it('is for whom has the right to, for each kind its own', () => {
    assert.equal(said(ines, bela), 'permission.lacking');
    assert.equal(
      said(anAgent(4, ['all:standard', 'impersonate:users']), ines),
      'permission.lacking',
    );
    assert.equal(said(tomas, ines), undefined);
    assert.equal(said(tomas, bela), undefined);
    assert.equal(said(rosa, bela), undefined);
  });

  it('is never for a user, whatever they hold', () => {
    const user: Person = { ...bela, permissions: new Set(['admin']) };

    assert.equal(said(user, ines), 'permission.lacking');
  });

  it('is not for who is disabled, nor as who is', () => {
    assert.equal(said({ ...rosa, enabled: false }, bela), 'permission.lacking');
    assert.equal(said(rosa, { ...bela, enabled: false }), 'impersonation.disabled');
  });

  it('is off until it is allowed, which only those hear who have the right', () => {
    assert.equal(said(rosa, bela, 'user', false), 'impersonation.off');
    assert.equal(said(ines, bela, 'user', false), 'permission.lacking');
  });

  it('leads to nobody who may do more', () => {
    const more = anAgent(5, ['all:standard', 'plans:approve']);

    assert.equal(said(tomas, more), 'impersonation.upwards');
    assert.equal(said(rosa, more), undefined);
    const little = anAgent(6, ['read:tickets', 'impersonate:users']);
    assert.equal(said(little, bela), 'impersonation.upwards');
  });

  it('never leads to an administrator', () => {
    for (const permission of ['admin', 'all'] as const)
      assert.equal(said(rosa, anAgent(8, [permission])), 'impersonation.upwards');
  });

  it('leads neither to oneself nor to nobody', () => {
    assert.equal(said(tomas, tomas), 'impersonation.oneself');
    assert.equal(said(tomas, undefined), 'impersonation.unknown');
  });

  it('stays within the client that one sees, and says no more than that there is nobody', () => {
    const bound = { ...tomas, clientId: 2 };

    assert.equal(said(bound, bela), undefined);
    assert.equal(said(bound, { ...bela, clientId: 3 }), 'impersonation.unknown');
    assert.equal(said(bound, ines), 'impersonation.unknown');
    assert.equal(said(bound, { ...ines, clientId: 2 }), undefined);
  });
});
