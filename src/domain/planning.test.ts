import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  accounts,
  aDefinition,
  everyone,
  groups,
  guid,
  halo,
  noon,
  sourceOf,
} from '#test/planning/larkfield.ts';
import { aModel, applyTo, larkfield, planWith } from '#test/planning/model-directory.ts';
import type { PlannedPerson } from './plan.ts';

const page = planWith(larkfield(), aDefinition(), sourceOf(everyone), noon);
const spring = new Date('2026-04-01T12:00:00Z');

describe('A plan for Larkfield Optics', () => {
  it('creates an account for whoever starts today, with names, groups and reasons', () => {
    const { group, changes } = named('Ines Marlow');

    assert.equal(group, 'starter');
    assert.deepEqual(
      changes.map(({ kind, after }) => [kind, after.memberOf?.[0]]),
      [
        ['create', undefined],
        ['add-member', 'All Staff'],
        ['add-member', 'Quality'],
        ['add-member', 'Office Porto'],
      ],
    );
    assert.deepEqual(changes[0]?.after.distinguishedName, [
      'CN=Ines Marlow,OU=Porto,OU=People,DC=ad,DC=larkfield,DC=test',
    ]);
    assert.deepEqual(changes[0]?.after.description, ['Made for ines.marlow']);
    assert.deepEqual(changes[0]?.because, [
      'Ines Marlow is in Halo and no account matches Ines Marlow',
    ]);
    assert.deepEqual(changes[1]?.needs, [changes[0]?.id]);
    assert.deepEqual(changes[1]?.target, {
      kind: 'planned',
      change: changes[0]?.id,
      name: 'Ines Marlow',
    });
  });

  it('creates the account of whoever starts later disabled, and says until when', () => {
    const { changes, notes } = named("Siobhán O'Dowd");

    assert.deepEqual(changes[0]?.after.enabled, ['false']);
    assert.match(notes[0]?.sentence ?? '', /starts on Saturday, 14 March 2026 at 07:00/);
    assert.equal(notes[0]?.code, undefined);
  });

  it('finds other names for the second of two people called the same', () => {
    const { changes } = named('Thomas Hale', 'starter');

    assert.deepEqual(changes[0]?.after.cn, ['Thomas Hale 2']);
    assert.deepEqual(changes[0]?.after.sAMAccountName, ['t.hale2']);
    assert.deepEqual(
      changes[0]?.fallbacks.map(({ sAMAccountName }) => sAMAccountName?.[0]),
      ['t.hale3', 't.hale4'],
    );
  });

  it('changes of a mover what differs, and adds the groups of the new place', () => {
    const { group, changes } = named('Clara Whitcombe');

    assert.equal(group, 'mover');
    assert.deepEqual(changes[0]?.before, {
      title: ['Account Manager UK'],
      department: ['Sales'],
      physicalDeliveryOfficeName: ['Bristol'],
    });
    assert.deepEqual(
      changes.slice(1).map(({ after }) => after.memberOf),
      [['Quality'], ['Office Porto']],
    );
  });

  it('changes the name of whoever married, and no log-on name', () => {
    const { changes } = named('Helena Duarte-Voss');

    assert.deepEqual(
      changes.map(({ after }) => after),
      [{ sn: ['Duarte-Voss'], displayName: ['Helena Duarte-Voss'] }],
    );
  });

  it('disables whoever Halo calls inactive', () => {
    const { group, changes } = named('Owen Pryce');

    assert.equal(group, 'leaver');
    assert.deepEqual(
      changes.map(({ kind, because }) => [kind, because]),
      [['disable', ['inactive is true in Halo']]],
    );
  });

  it('leaves a protected leaver to a person', () => {
    const { group, changes, notes } = named('Gareth Lund');

    assert.equal(group, 'leaver');
    assert.deepEqual(changes, []);
    assert.deepEqual(
      notes.map(({ code }) => code),
      ['account.protected'],
    );
    assert.equal(page.protectedLeftOut, 1);
  });

  it('leaves an account alone that somebody else disabled', () => {
    const { changes, notes } = named('Beatriz Amaral');

    assert.deepEqual(changes, []);
    assert.match(notes[0]?.sentence ?? '', /disabled in AD Larkfield by somebody else/);
  });

  it('says a sentence of a person once, though two steps have it to say', () => {
    const rules = [{ name: 'Nowhere', when: { all: [] }, groups: ['No such group'] }];
    const { steps } = aDefinition().automation;
    const twice = { action: 'add-to-groups' as const, settings: { rules } };
    const definition = aDefinition({ automation: { steps: [...steps, twice, twice] } });
    const [person] = planWith(larkfield(), definition, sourceOf([{ id: 99 }]), noon).people;

    assert.deepEqual(
      person?.notes.map(({ code }) => code),
      ['group.unknown'],
    );
  });

  it('leaves everybody else alone', () => {
    const others = page.people.filter(({ group }) => group === 'unchanged');

    assert.equal(others.length, everyone.length - 8);
  });

  it('asks in three rounds, the third for whoever has a common name', () => {
    assert.equal(page.rounds, 3);
  });
});

describe('After a plan was applied', () => {
  const { model } = applyTo(larkfield(), page.changes, {
    sourceConnectionId: halo,
    at: noon,
    links: page.links,
  });

  it('there is nothing left to do', () => {
    const again = planWith(model, aDefinition(), sourceOf(everyone), noon);

    assert.deepEqual(again.changes, []);
  });

  it('the account of whoever starts later is opened when their day has come', () => {
    const later = planWith(model, aDefinition(), sourceOf(everyone), spring);

    assert.deepEqual(
      later.changes.map(({ kind, personName, because }) => [kind, personName, because]),
      [['enable', "Siobhán O'Dowd", ["The first day of Siobhán O'Dowd has come"]]],
    );
  });

  it('somebody who comes back gets their own account back', () => {
    const rows = everyone.map((row) =>
      row.surname === 'Pryce' ? { ...row, inactive: false } : row,
    );

    const back = planWith(model, aDefinition(), sourceOf(rows), noon);

    assert.deepEqual(
      back.changes.map(({ kind, personName, because }) => [kind, personName, because]),
      [
        [
          'enable',
          'Owen Pryce',
          ['Owen Pryce is back in Halo; the account was disabled when they left'],
        ],
      ],
    );
  });

  it('somebody who is missing from the source keeps their account', () => {
    const rows = everyone.filter(({ surname }) => surname !== 'Marlow');

    const missing = planWith(model, aDefinition(), sourceOf(rows), noon);

    assert.deepEqual(missing.changes, []);
    assert.equal(missing.gone, 1);
    assert.equal(
      missing.notes.find(({ personName }) => personName === 'Ines Marlow')?.code,
      'person.gone',
    );
  });
});

describe('A person', () => {
  it('who came from the directory is never disabled there', () => {
    const linked = page.links.map((link) => ({ ...link, origin: 'directory' as const }));
    const model = { ...larkfield(), links: linked };

    const { people, totals } = planWith(model, aDefinition(), sourceOf(everyone), noon);

    assert.equal(totals.disables, 0);
    const owen = people.find(({ name }) => name === 'Owen Pryce');
    assert.deepEqual(
      owen?.notes.map(({ code }) => code),
      ['account.from-directory'],
    );
  });

  it('whose macro is empty is refused as a whole, and alone', () => {
    const rows = [
      { id: 101, surname: 'Marlow', department: '' },
      { id: 102, surname: 'Hale' },
    ];

    const { people } = planWith(aModel(), aDefinition(), sourceOf(rows), noon);

    assert.deepEqual(
      people.map(({ group, changes }) => [group, changes.length > 0]),
      [
        ['disputed', false],
        ['starter', true],
      ],
    );
    assert.equal(people[0]?.notes[0]?.code, 'macro.empty');
  });

  it('is told of a group that does not exist, and gets everything else', () => {
    const rows = [{ id: 101, department: 'Astrology' }];

    const { people } = planWith(aModel(), aDefinition(), sourceOf(rows), noon);

    assert.deepEqual(
      people[0]?.changes.map(({ kind }) => kind),
      ['create', 'add-member', 'add-member'],
    );
    assert.deepEqual(
      people[0]?.notes.map(({ sentence }) => sentence),
      [
        'The group Astrology of the rule Groups by department does not exist; create it or mend the rule.',
      ],
    );
  });

  it('is added to no protected group', () => {
    const guarded = groups.map((group) => ({ ...group, protected: group.name === 'All Staff' }));

    const { people, protectedLeftOut } = planWith(
      aModel({ groups: guarded }),
      aDefinition(),
      sourceOf([{ id: 101 }]),
      noon,
    );

    assert.deepEqual(
      people[0]?.notes.map(({ code }) => code),
      ['group.protected'],
    );
    assert.equal(protectedLeftOut, 1);
  });

  it('is refused when the container does not exist, or none is chosen for them', () => {
    const rows = [{ id: 101 }, { id: 102, site: 'Lagos' }];

    const { people } = planWith(aModel({ containers: [] }), aDefinition(), sourceOf(rows), noon);

    assert.deepEqual(
      people.map(({ notes }) => notes[0]?.code),
      ['container.unknown', 'container.unchosen'],
    );
  });

  it('whose every name is taken is refused', () => {
    const recipe = [{ kind: 'text' as const, text: 'ines' }];
    const only = { recipes: [recipe], stripAccents: true, stripSpaces: false, maxLength: 64 };
    const names = { cn: only, sAMAccountName: only, userPrincipalName: only };
    const column = {
      kind: 'column' as const,
      column: 'firstName',
      words: 'all' as const,
      letters: 'lower' as const,
    };
    const byName = { ...only, recipes: [[column]] };

    const { people } = planWith(
      aModel(),
      aDefinition({
        mapping: {
          names: { ...names, cn: byName, sAMAccountName: byName, userPrincipalName: byName },
        },
      }),
      sourceOf([{ id: 101 }, { id: 102 }]),
      noon,
    );

    assert.deepEqual(
      people.map(({ notes }) => notes[0]?.code),
      [undefined, 'names.exhausted'],
    );
  });

  it('outside the scope is not looked at, unless linked, and then left alone', () => {
    const scope = { column: 'site', operator: 'is' as const, values: ['Bristol'] };
    const definition = aDefinition({ automation: { scope } });

    const fresh = planWith(aModel(), definition, sourceOf([{ id: 101, site: 'Porto' }]), noon);
    const model = { ...larkfield(), links: page.links };
    const linked = planWith(model, definition, sourceOf(everyone), noon);

    assert.deepEqual(fresh.people, []);
    assert.ok(linked.changes.every(({ personName }) => personName !== 'Clara Whitcombe'));
    const clara = linked.people.find(({ name }) => name === 'Clara Whitcombe');
    assert.match(clara?.notes[0]?.sentence ?? '', /outside the automation's scope/);
  });

  it('who left without ever having an account gets none', () => {
    const { changes, notes } = planWith(
      aModel(),
      aDefinition(),
      sourceOf([{ id: 101, inactive: true }]),
      noon,
    );

    assert.deepEqual([changes, notes], [[], []]);
  });
});

describe('An attribute', () => {
  const account = accounts.filter(({ id }) => id === guid(1));
  const [row] = everyone;

  it('without value is cleared only where the mapping says so', () => {
    const rows = row === undefined ? [] : [{ ...row, title: null }];

    const { changes } = planWith(
      aModel({ accounts: account }),
      aDefinition(),
      sourceOf(rows),
      noon,
    );

    assert.deepEqual(
      changes.map(({ after }) => after),
      [{ title: [] }],
    );
  });

  it('whose master is the directory is left alone', () => {
    const mapping = {
      rows: [
        {
          attribute: 'title',
          value: '%title%',
          apply: 'always' as const,
          master: 'directory' as const,
        },
      ],
    };
    const rows = row === undefined ? [] : [{ ...row, title: 'Stargazer' }];

    const { changes } = planWith(
      aModel({ accounts: account }),
      aDefinition({ mapping }),
      sourceOf(rows),
      noon,
    );

    assert.deepEqual(changes, []);
  });
});

describe('A ticket', () => {
  const webhook = {
    id: '01890000-0000-7000-8000-00000000000b',
    name: 'HALO update ticket',
    description: '',
    connectionId: halo,
    state: 'active' as const,
    request: {
      method: 'POST' as const,
      url: '/api/Tickets',
      headers: [],
      parameters: [],
      body: { kind: 'none' as const },
    },
    target: '%title%',
    lookFirst: null,
  };
  const tell = [{ webhookId: webhook.id, when: 'created' as const }];
  const definition = { ...aDefinition({ automation: { tell } }), webhooks: [webhook] };

  it('is told once everything for the person is done', () => {
    const { changes } = planWith(
      aModel(),
      definition,
      sourceOf([{ id: 101, title: '4711' }]),
      noon,
    );

    const told = changes.at(-1);
    assert.equal(told?.kind, 'tell');
    assert.deepEqual(told?.after, { webhook: ['HALO update ticket'], id: ['4711'] });
    assert.deepEqual(
      told?.needs,
      changes.slice(0, -1).map(({ id }) => id),
    );
    assert.equal(told?.reversible, false);
  });

  it('that is not known is not told, and a note says so', () => {
    const { changes, notes } = planWith(
      aModel(),
      definition,
      sourceOf([{ id: 101, title: null }]),
      noon,
    );

    assert.equal(
      changes.some(({ kind }) => kind === 'tell'),
      false,
    );
    assert.match(
      notes[0]?.sentence ?? '',
      /^HALO update ticket is not told: The macro %title% has no value/,
    );
  });
});

function named(name: string, group?: PlannedPerson['group']): PlannedPerson {
  const found = page.people.find((one) => one.name === name && (group ?? one.group) === one.group);
  assert.ok(found, `${name} is in the plan`);
  return found;
}
