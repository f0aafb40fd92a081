// Telling is planned too: which webhook is called for a person whose changes are done, and about what.
import { changeId } from './actions/change-of.ts';
import type { Tell } from './automation.ts';
import { systemOf } from './automation.ts';
import type { Change, ChangeKind } from './change.ts';
import { fillTemplate } from './macro.ts';
import { type Person, type Ready, scopeOf } from './people.ts';
import type { PersonNote } from './plan.ts';
import { Problem } from './problem.ts';
import type { Planned } from './subject.ts';
import type { OutboundWebhook } from './webhook.ts';

const tellingKinds: Readonly<Record<Tell['when'], readonly ChangeKind[]>> = {
  'any-change': [
    'create',
    'update',
    'enable',
    'disable',
    'add-member',
    'remove-member',
    'reset-password',
    'unlock',
  ],
  created: ['create', 'enable'],
  modified: ['update', 'add-member', 'remove-member', 'reset-password', 'unlock'],
  disabled: ['disable'],
};

/** One change for each webhook that wants to hear of these; it waits until all of them are done. */
export function planTells(ready: Ready, person: Person, changes: readonly Change[]): Planned {
  const { automation, webhooks } = ready.definition;
  const planned: { changes: Change[]; notes: PersonNote[] } = { changes: [], notes: [] };
  for (const [at, tell] of automation.tell.entries()) {
    const webhook = webhooks.find(({ id, state }) => id === tell.webhookId && state === 'active');
    const heard = changes.some(({ kind }) => tellingKinds[tell.when].includes(kind));
    if (webhook === undefined || !heard) continue;
    const target = targetFor(ready, webhook, person);
    if (typeof target !== 'string') planned.notes.push(target);
    else if (target !== '' || webhook.target.trim() === '') {
      const step = automation.steps.length + at;
      planned.changes.push(telling(ready, webhook, person, changes, target, step));
    }
  }
  return planned;
}

/** What {id} stands for; empty when the person has none, and a note when a macro without default is. */
function targetFor(
  ready: Ready,
  webhook: OutboundWebhook,
  { record, match }: Person,
): string | PersonNote {
  try {
    const scope = scopeOf(ready, record, match.account?.attributes);
    return fillTemplate(ready.template(webhook.target), 'plain', scope).trim();
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    return {
      personKey: match.personKey,
      personName: match.personName,
      situation: match.situation,
      sentence: `${webhook.name} is not told: ${problem.message}`,
      code: problem.code,
    };
  }
}

function telling(
  ready: Ready,
  webhook: OutboundWebhook,
  { record }: Person,
  changes: readonly Change[],
  target: string,
  step: number,
): Change {
  const change = {
    personKey: record.key,
    personName: record.name,
    step,
    action: 'tell',
    kind: 'tell' as const,
    connectionId: webhook.connectionId,
    system: systemOf(ready.definition, webhook.connectionId),
    target: { kind: 'existing' as const, id: target, name: webhook.name },
    before: {},
    after: { webhook: [webhook.name], ...(target === '' ? {} : { id: [target] }) },
    fallbacks: [],
    webhookId: webhook.id,
    because: [`${ready.definition.automation.name} tells ${webhook.name} what was done`],
    reversible: false,
    irreversibleBecause: 'What was told cannot be taken back.',
    needs: changes.map(({ id }) => id),
  };
  return { id: changeId(change), ...change };
}
