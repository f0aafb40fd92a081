import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Actor, refuseImpersonated } from './actor.ts';

const ines: Actor = { kind: 'agent', id: '3', name: 'Ines Marlow', permissions: new Set() };

describe('Somebody who acts as another', () => {
  it('is refused by name what only the person themselves may do', () => {
    const behind = { kind: 'agent', id: '1', name: 'Rosa Lind' } as const;

    assert.throws(() => refuseImpersonated({ ...ines, behind }), {
      code: 'impersonation.not-here',
      message: /while acting as Ines Marlow; switch back/,
    });
  });

  it('is not refused as themselves', () => {
    refuseImpersonated(ines);
  });
});
