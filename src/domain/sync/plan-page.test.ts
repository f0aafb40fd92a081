// How a page of a directory becomes changes of the desk: pairing, fields, leavers, and what is left to a person.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { canonical } from '#domain/canonical.ts';
import {
  aDesk,
  applied,
  aSync,
  changesOf,
  type ModelEntry,
  serviceDn,
  syncOnce,
  thePlace,
} from '#test/sync/model-desk.ts';
import type { Decision } from './match-person.ts';

const maya: ModelEntry = {
  id: '00000000-0000-4000-8000-00000000000a',
  attributes: {
    ...{ displayName: ['Maya Ridge'], givenName: ['Maya'], sn: ['Ridge'] },
    ...{ mail: ['maya@larkfield.test'], uid: ['maya'], title: ['Optician'] },
  },
};
const ines: ModelEntry = {
  id: '00000000-0000-4000-8000-00000000000b',
  attributes: { displayName: ['Ines Marlow'], mail: ['ines@larkfield.test'], uid: ['ines'] },
};
const known = { name: 'Maya Ridge', fields: { email: ['MAYA@larkfield.test'] } };

function plan(
  entries: readonly ModelEntry[],
  people: Parameters<typeof aDesk>[0] = [],
  sync = aSync(),
) {
  return syncOnce(sync, entries, aDesk(people));
}

function codes(planned: ReturnType<typeof syncOnce>) {
  return planned.flatMap(({ person }) => person?.notes.map(({ code }) => code) ?? []);
}

describe('A person of a directory', () => {
  it('whom nobody knows becomes a user at the site of the place', () => {
    const [change, ...more] = changesOf(plan([maya]));

    assert.equal(more.length, 0);
    assert.equal(change?.kind, 'create');
    assert.deepEqual(change?.target, { kind: 'planned', change: change?.id, name: 'Maya Ridge' });
    assert.deepEqual(change?.after, {
      ...{ name: ['Maya Ridge'], firstName: ['Maya'], surname: ['Ridge'] },
      ...{ email: ['maya@larkfield.test'], login: ['maya'], title: ['Optician'], siteId: ['12'] },
    });
  });

  it('whom nobody knows or who differs is planned in the order of the canonical text', () => {
    const changes = [
      ...changesOf(plan([maya])),
      ...changesOf(plan([{ ...maya, enabled: false }], [{ id: 5, ...known, active: true }])),
    ];

    assert.deepEqual(
      changes.map(({ kind }) => kind),
      ['create', 'update', 'disable'],
    );
    const [created, , disabled] = changes;
    for (const change of [created, disabled]) {
      assert.equal(JSON.stringify(change), canonical(change));
    }
  });

  it('is found in the desk by the surest field, in any letter case, and only what differs changes', () => {
    const fields = {
      email: ['MAYA@larkfield.test'],
      login: ['maya'],
      siteId: ['12'],
      surname: ['Ridge'],
    };

    const [change] = changesOf(plan([maya], [{ id: 5, name: 'Maya Ridge', fields }]));

    assert.equal(change?.kind, 'update');
    assert.deepEqual(change?.target, { kind: 'existing', id: 'user:5', name: 'Maya Ridge' });
    assert.deepEqual(change?.before, { firstName: [], email: ['MAYA@larkfield.test'], title: [] });
    assert.deepEqual(change?.because, ['Found in the desk by email.']);
  });

  it('stays the same person when everything they are found by has changed', () => {
    const start = aDesk([known]);
    const desk = applied(start, syncOnce(aSync(), [maya], start));
    const renamed = {
      ...maya,
      dn: 'CN=Maya Quince,OU=Hull,DC=ad,DC=larkfield,DC=test',
      attributes: {
        displayName: ['Maya Quince'],
        mail: ['quince@larkfield.test'],
        uid: ['quince'],
      },
    };

    const [change] = changesOf(syncOnce(aSync(), [renamed], desk));

    assert.equal(change?.target.kind === 'existing' && change.target.id, 'user:1');
    assert.deepEqual(change?.after.email, ['quince@larkfield.test']);
    assert.deepEqual(change?.after.title, []);
  });

  it('loses what the directory no longer has, but never the name', () => {
    const start = aDesk();
    const desk = applied(start, syncOnce(aSync(), [maya], start));
    const bare = { ...maya, attributes: { mail: ['maya@larkfield.test'], uid: ['maya'] } };

    const [change] = changesOf(syncOnce(aSync(), [bare], desk));

    assert.deepEqual(change?.after, {
      ...{ name: ['maya'], firstName: [], surname: ['maya'], title: [] },
    });
  });

  it('who has neither part of their name there has those that a desk makes of it', () => {
    const { givenName: _, sn: __, ...attributes } = maya.attributes;
    const created = changesOf(plan([{ ...maya, attributes }]))[0]?.after;
    const half = changesOf(plan([{ ...maya, attributes: { ...attributes, sn: ['R'] } }]))[0]?.after;

    assert.deepEqual([created?.firstName, created?.surname], [['Maya'], ['Ridge']]);
    assert.deepEqual([half?.firstName, half?.surname], [undefined, ['R']]);
  });

  it('without any name is told of and not imported', () => {
    assert.deepEqual(codes(plan([{ id: maya.id, attributes: { title: ['?'] } }])), [
      'sync.no-name',
    ]);
  });

  it('whose value is too long, unreadable or no picture keeps what the desk has, and it is told', () => {
    const attributes = {
      ...maya.attributes,
      ...{ title: ['x'.repeat(1_000_000)], sn: ['Ri\uFFFDdge'], thumbnailPhoto: ['PHN2Zz4='] },
    };
    const planned = plan(
      [{ ...maya, attributes }],
      [{ ...known, fields: { ...known.fields, title: ['Optician'] } }],
    );

    assert.deepEqual(codes(planned).toSorted(), [
      ...['sync.photo-refused', 'sync.value-too-long', 'sync.value-unreadable'],
    ]);
    const [change] = changesOf(planned);
    assert.ok(change !== undefined && !('title' in change.after) && !('surname' in change.after));
  });

  it('gives one line without control characters, however it is written there', () => {
    const attributes = { ...maya.attributes, title: [' Optician\u0000\r\nLead '] };

    assert.deepEqual(changesOf(plan([{ ...maya, attributes }]))[0]?.after.title, [
      'Optician   Lead',
    ]);
  });

  it('brings a photo by its digest, with the octets beside', () => {
    const attributes = { ...maya.attributes, thumbnailPhoto: ['/9j/4AAQ'] };
    const [planned] = plan([{ ...maya, attributes }]);

    assert.match(planned?.person?.changes[0]?.after.photo?.[0] ?? '', /^[\da-f]{64}$/);
    assert.deepEqual(planned?.photo, Buffer.from('/9j/4AAQ', 'base64'));
  });

  it('who is the account Sundog signs in with is left out, however its name is spelt', () => {
    const service = { ...maya, dn: serviceDn.toLowerCase().replace(',ou=', ', ou=') };

    const planned = plan([service]);

    assert.deepEqual(changesOf(planned), []);
    assert.deepEqual(codes(planned), ['sync.service-account']);
  });

  it('gets a mapping of new users and a template when created, and never again', () => {
    const fields = [
      { id: 1, target: 'user', from: 'mail', to: 'email' },
      { id: 2, target: 'new-user', from: 'Welcome %givenName% %sn%', to: 'notes' },
    ];
    const start = aDesk();
    const sync = aSync({ fields });

    const first = syncOnce(sync, [maya], start);
    const desk = applied(start, first);

    assert.deepEqual(changesOf(first)[0]?.after.notes, ['Welcome Maya Ridge']);
    const other = { ...maya, attributes: { ...maya.attributes, sn: ['Quince'] } };
    assert.deepEqual(changesOf(syncOnce(sync, [other], desk)), []);
  });

  it('has the roles of their place and no others, however many they had', () => {
    const sync = aSync({ places: [{ ...thePlace, userRoleId: 7 }] });
    const fields = { email: ['maya@larkfield.test'], siteId: ['12'], userRoleId: ['3', '7'] };

    const [change] = changesOf(plan([maya], [{ id: 5, name: 'Maya Ridge', fields }], sync));

    assert.deepEqual([change?.before.userRoleId, change?.after.userRoleId], [['3', '7'], ['7']]);
  });

  it('of another Halo is changed as one of here is, in a way that can be taken back', () => {
    const sync = { ...aSync(), deskConnectionId: '00000000-0000-4000-8000-0000000000aa' };
    const desk = [{ id: 5, ...known }];

    const [here, there] = [aSync(), sync].map((one) => changesOf(plan([maya], desk, one))[0]);

    for (const change of [here, there]) {
      assert.deepEqual([change?.reversible, change?.irreversibleBecause], [true, undefined]);
    }
  });

  it('at a place without a site is told of and not imported', () => {
    const places = [{ ...thePlace, siteId: null }];

    assert.deepEqual(codes(plan([maya], [], aSync({ places }))), ['sync.no-site']);
  });
});

describe('Somebody who leaves', () => {
  const start = aDesk();
  const desk = applied(start, syncOnce(aSync(), [maya, ines], start));

  it('is deactivated when the directory disables them, and active when it enables them', () => {
    const out = syncOnce(aSync(), [{ ...maya, enabled: false }, ines], desk);
    const back = syncOnce(aSync(), [maya, ines], applied(desk, out));

    assert.deepEqual(
      changesOf(out).map(({ kind }) => kind),
      ['disable'],
    );
    assert.deepEqual(
      changesOf(back).map(({ kind }) => kind),
      ['enable'],
    );
  });

  it('stays active where the leaver rules say so', () => {
    const sync = aSync({ leavers: { gone: 'review', disabled: 'keep' } });

    assert.deepEqual(changesOf(syncOnce(sync, [{ ...maya, enabled: false }, ines], desk)), []);
    const gone = syncOnce(sync, [ines], desk);
    assert.deepEqual(changesOf(gone), []);
    assert.deepEqual(codes(gone), ['sync.gone']);
  });

  it('is deactivated when gone, and linked to the same record when they come back', () => {
    const out = syncOnce(aSync(), [ines], desk);
    const left = applied(desk, out);
    const back = syncOnce(aSync(), [maya, ines], left);

    assert.deepEqual(
      changesOf(out).map(({ kind, target }) => [kind, target.kind === 'existing' && target.id]),
      [['disable', 'user:1']],
    );
    assert.deepEqual(
      changesOf(back).map(({ kind }) => kind),
      ['enable'],
    );
    assert.deepEqual(
      [...applied(left, back).known.values()].map(({ state }) => state),
      ['linked', 'linked'],
    );
  });

  it('never becomes a record when disabled before anybody knew them', () => {
    assert.deepEqual(plan([{ ...maya, enabled: false }])[0]?.person, undefined);
  });
});

describe('A doubtful match', () => {
  it('is left to a person where several of the desk fit, who are named', () => {
    const [planned] = plan([maya], [known, { ...known, name: 'Maya R.' }]);

    assert.equal(planned?.seen.dispute?.code, 'sync.several-in-desk');
    assert.deepEqual(
      planned?.seen.dispute?.candidates.map(({ deskId }) => deskId),
      [1, 2],
    );
    assert.deepEqual(planned?.person?.changes, []);
  });

  it('is left to a person where the record belongs to another entry', () => {
    const start = aDesk([known]);
    const desk = applied(start, syncOnce(aSync(), [maya], start));
    const twin = { ...maya, id: ines.id };

    const planned = syncOnce(aSync(), [maya, twin], desk);

    assert.equal(
      planned.find(({ seen }) => seen.entryId === ines.id)?.seen.dispute?.code,
      'sync.taken',
    );
    assert.deepEqual(
      changesOf(planned).filter(({ personKey }) => personKey.includes(ines.id)),
      [],
    );
  });

  it('is left to a person where two entries have one address: neither is made', () => {
    const planned = plan([
      maya,
      { ...ines, attributes: { ...ines.attributes, mail: ['maya@larkfield.test'] } },
    ]);

    assert.deepEqual(changesOf(planned), []);
    assert.deepEqual(
      planned.map(({ seen }) => seen.dispute?.code),
      ['sync.several-entries', 'sync.several-entries'],
    );
    assert.match(
      planned[0]?.seen.dispute?.sentence ?? '',
      /Maya Ridge shares email maya@larkfield.test with CN=/,
    );
  });

  it('makes nobody an administrator by a mail address alone', () => {
    const sync = aSync({ places: [{ ...thePlace, target: 'agent', roleIds: [] }] });
    const administrator = { ...known, administrator: true };
    const agents = (people: Parameters<typeof aDesk>[0]) =>
      syncOnce(sync, [maya], aDesk(people), { target: 'agent' });

    assert.equal(agents([administrator])[0]?.seen.dispute?.code, 'sync.administrator');
    const sure = agents([{ ...administrator, fields: { ...known.fields, login: ['maya'] } }]);
    assert.equal(sure[0]?.seen.state, 'linked');
  });

  it('is decided by a person once and for all', () => {
    const desk = aDesk([known, { ...known, name: 'Maya R.' }]);
    const decided = (decision: Decision) =>
      syncOnce(aSync(), [maya], desk, { decisions: new Map([[maya.id, decision]]) });

    const link = changesOf(decided({ decision: 'link', deskId: 2 }))[0];
    assert.equal(link?.target.kind === 'existing' && link.target.id, 'user:2');
    assert.equal(changesOf(decided({ decision: 'create', deskId: null }))[0]?.kind, 'create');
    assert.deepEqual(changesOf(decided({ decision: 'leave-out', deskId: null })), []);
    const nobody = decided({ decision: 'link', deskId: 99 });
    assert.equal(nobody[0]?.seen.dispute?.code, 'sync.desk-record-gone');
  });
});
