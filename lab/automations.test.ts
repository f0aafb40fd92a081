// What the lab sets up fits the hub's own rules, and its webhook becomes a request Halo understands.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { automationSentence } from '#domain/automation.ts';
import { fillIn } from '#domain/macro.ts';
import { newId } from '#lib/ids.ts';
import { larkfieldDefinitions } from './automations.ts';

const ids = {
  haloConnection: newId(),
  directoryConnection: newId(),
  users: newId(),
  tickets: newId(),
  mapping: newId(),
  updateTicket: newId(),
  newStarters: newId(),
  moversAndLeavers: newId(),
};
const desk = {
  clientId: 2,
  customFieldIds: [1, 2, 3],
  ticketTypeIds: { 'New starter': 5, Leaver: 6 },
};
const made = larkfieldDefinitions(ids, desk);

describe('The lab’s automations', () => {
  it('read everyone, those who left included, and the open tickets of starters and leavers', () => {
    const [users, tickets] = made.endpoints;
    const asked = (parameters: readonly { name: string; value: string }[] = []) =>
      Object.fromEntries(parameters.map(({ name, value }) => [name, value]));

    assert.equal(asked(users?.request.parameters).includeinactive, 'true');
    assert.equal(asked(users?.request.parameters).include_custom_fields, '1,2,3');
    assert.equal(asked(tickets?.request.parameters).requesttype, '5,6');
    assert.equal(asked(tickets?.request.parameters).open_only, 'true');
  });

  it('need a yes for whatever takes away, and none for the sample', () => {
    assert.deepEqual(
      made.automations.map(({ name, approval }) => [name, approval]),
      [
        ['New starters', 'never'],
        ['Movers and leavers', 'always'],
      ],
    );
  });

  it('say in one sentence what they do', () => {
    const systems = { [ids.haloConnection]: 'Halo', [ids.directoryConnection]: 'AD Larkfield' };
    const sentences = made.automations.map((automation) =>
      automationSentence({ ...made, automation, systems }),
    );

    assert.equal(
      sentences[0],
      'Reads Halo, creates accounts and adds them to groups by 3 rules in AD Larkfield.',
    );
    assert.match(sentences[1] ?? '', /disables accounts when inactive is true in AD Larkfield\.$/);
  });

  it('tell a ticket with a note that says what was done and can be found again', () => {
    const [webhook] = made.webhooks;
    const body = webhook?.request.body;
    assert.ok(webhook && body?.kind === 'json');
    const now = new Date('2026-11-23T09:00:00Z');
    const action = { summary: 'New starters: created "Ines".', reference: 'SD0123456789abcdef' };

    const text = fillIn(body.text, 'json', { now, action, braces: { id: 12 } });

    assert.deepEqual(JSON.parse(text), [
      {
        ticket_id: 12,
        outcome_id: 7,
        hiddenfromuser: true,
        note: 'New starters: created "Ines". (SD0123456789abcdef)',
      },
    ]);
    assert.equal(fillIn(webhook.target, 'plain', { now, columns: { ticketId: null } }), '');
    assert.equal(fillIn(webhook.target, 'plain', { now, columns: { ticketId: '12' } }), '12');
  });
});
