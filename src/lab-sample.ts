// The lab's first minute: "New starters" is planned and applied once, its table is printed, and a plan of
// "Movers and leavers" is left waiting for the reader's yes.
import { planAutomation } from '#features/automation/plan.ts';
import { getPlan } from '#features/automation/plan-view.ts';
import { startRun } from '#features/automation/start-run.ts';
import type { OutcomeWire, PlanWire, RunWire } from '#features/automation/wire.ts';
import type { LarkfieldIds } from '#lab/automations.ts';
import { parseDn } from '#lib/dn.ts';
import { commandLine, type Hub } from './hub.ts';
import { tableText } from './print.ts';
import { planTable } from './print-plan.ts';
import { waitForRun } from './wait-for-run.ts';

export async function runSample(hub: Hub, ids: LarkfieldIds): Promise<void> {
  const { db, clock, automation } = hub;
  const ran = await db.selectFrom('plans').select('id').limit(1).executeTakeFirst();
  if (ran !== undefined) return;
  const actor = commandLine;
  const starters = await planAutomation(automation, ids.newStarters, { actor });
  const { runId } = await startRun(automation, starters.id, actor);
  const run = await waitForRun(hub, runId);
  console.log(`New starters at Larkfield Optics, from Halo to Active Directory. ${run.sentence}\n`);
  console.log(startersTable(await getPlan(db, starters.id, actor, clock()), run));
  const waiting = await planAutomation(automation, ids.moversAndLeavers, { actor });
  const plan = await getPlan(db, waiting.id, actor, clock());
  console.log(`\nMovers and leavers, waiting for your yes. ${plan.sentence}\n`);
  console.log(planTable(plan));
}

/** A line a person: the account, where it lies, its groups, and whether the ticket was told. */
function startersTable(plan: PlanWire, run: RunWire): string {
  const people = plan.people.filter(({ changes }) => changes > 0);
  return tableText(
    [
      ['person', 'account', 'in', 'groups', 'ticket'],
      ...people.map(({ key, name }) => {
        const changes = plan.changes.filter(({ personKey }) => personKey === key);
        const outcomes = run.outcomes.filter(({ personKey }) => personKey === key);
        const created = changes.find(({ kind }) => kind === 'create');
        const enabled = created?.after.enabled?.[0] !== 'false';
        const account = created?.after.userPrincipalName?.[0] ?? '';
        const groups = outcomes.filter(({ kind }) => kind === 'add-member');
        return [
          name,
          `${account}${enabled ? '' : ' (disabled until the first day)'}: ${said(outcomes, 'create')}`,
          unitOf(created?.after.distinguishedName?.[0] ?? ''),
          groups.map(({ targetName }) => targetName).join(', '),
          said(outcomes, 'tell', 'told'),
        ];
      }),
    ],
    '  ',
  );
}

function said(outcomes: readonly OutcomeWire[], kind: OutcomeWire['kind'], done = 'done'): string {
  const found = outcomes.find((outcome) => outcome.kind === kind);
  if (found === undefined) return 'none';
  return found.result === 'done' ? done : `${found.result}, ${found.because ?? ''}`;
}

/** The name of the unit an entry lies in. */
function unitOf(dn: string): string {
  return parseDn(dn)?.[1]?.[0]?.value ?? '';
}
