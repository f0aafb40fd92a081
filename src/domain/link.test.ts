import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aDefinition, ad, everyone, guid, halo, noon, sourceOf } from '#test/planning/larkfield.ts';
import { larkfield, planWith } from '#test/planning/model-directory.ts';
import type { Change } from './change.ts';
import { type Link, linkAfter } from './link.ts';

const { changes } = planWith(larkfield(), aDefinition(), sourceOf(everyone), noon);
const made = { sourceConnectionId: halo, runId: 'run-1', at: noon };
const link: Link = {
  sourceConnectionId: halo,
  personKey: '35',
  personName: 'Owen Pryce',
  directoryConnectionId: ad,
  accountId: guid(35),
  origin: 'source',
  lastSeen: noon,
};

describe('A link', () => {
  it('is made when an account was created, and knows the run', () => {
    const made1 = linkAfter(
      undefined,
      creationOf('Ines Marlow'),
      { result: 'done', targetId: guid(1) },
      made,
    );

    assert.equal(made1?.accountId, guid(1));
    assert.equal(made1?.createdByRun, 'run-1');
    assert.equal(made1?.disabledByUs, undefined);
  });

  it('remembers that the account waits for the start date', () => {
    const waiting = linkAfter(
      undefined,
      creationOf("Siobhán O'Dowd"),
      { result: 'done', targetId: guid(2) },
      made,
    );

    assert.equal(waiting?.disabledByUs, 'start-date');
  });

  it('is not made when the creation failed', () => {
    const failed = { result: 'failed', code: 'x.y', because: 'z', retryable: false } as const;

    assert.equal(linkAfter(undefined, creationOf('Ines Marlow'), failed, made), undefined);
  });

  it('remembers that we disabled the account of a leaver', () => {
    const after = linkAfter(link, changeOf('disable'), { result: 'done' }, made);

    assert.equal(after?.disabledByUs, 'leaver');
  });

  it('does not claim an account that somebody else had disabled already', () => {
    const skipped = { result: 'skipped', because: 'it is already disabled' } as const;

    assert.equal(linkAfter(link, changeOf('disable'), skipped, made)?.disabledByUs, undefined);
  });

  it('forgets that we disabled it once it is enabled', () => {
    const enable = { ...changeOf('disable'), kind: 'enable' as const };

    const after = linkAfter({ ...link, disabledByUs: 'leaver' }, enable, { result: 'done' }, made);

    assert.equal(after?.disabledByUs, undefined);
  });

  it('leaves an account that an undo disabled to people', () => {
    const undone = { ...changeOf('disable'), action: 'undo' };

    const after = linkAfter(
      { ...link, disabledByUs: 'start-date' },
      undone,
      { result: 'done' },
      made,
    );

    assert.equal(after?.disabledByUs, undefined);
  });
});

function changeOf(kind: Change['kind']): Change {
  const found = changes.find((change) => change.kind === kind);
  assert.ok(found);
  return found;
}

function creationOf(name: string): Change {
  const found = changes.find(({ kind, personName }) => kind === 'create' && personName === name);
  assert.ok(found);
  return found;
}
