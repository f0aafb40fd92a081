// Plans and runs as calm tables; a row says what happened in a sentence.
import { Text } from '@mantine/core';
import { TextLink } from '#console/shell/link.tsx';
import { State } from '#console/shell/state.tsx';
import { Time } from '#console/shell/time.tsx';
import type { PlanRowWire, RunRowWire } from '#features/automation/wire.ts';
import { planStates, runStates } from './states.ts';

export function PlanTable({ plans }: { readonly plans: readonly PlanRowWire[] }) {
  return (
    <table className="plain stacked">
      <thead>
        <tr>
          <th scope="col">Plan</th>
          <th scope="col">State</th>
          <th scope="col">Made</th>
          <th scope="col" className="number">
            Changes
          </th>
        </tr>
      </thead>
      <tbody>
        {plans.map((plan) => (
          <tr key={plan.id}>
            <td>
              <TextLink to="/plans/$planId" params={{ planId: plan.id }} underline="hover">
                {plan.automation.name}
                {plan.undoes === null ? '' : ' (undo)'}
              </TextLink>
              <Text size="sm" c="dimmed">
                {plan.sentence}
              </Text>
            </td>
            <td>
              <State tone={planStates[plan.state].tone}>{planStates[plan.state].word}</State>
            </td>
            <td>
              <Time at={plan.createdAt} />
            </td>
            <td className="number" data-label="changes">
              {plan.changeCount}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function RunTable({ runs }: { readonly runs: readonly RunRowWire[] }) {
  return (
    <table className="plain stacked">
      <thead>
        <tr>
          <th scope="col">Run</th>
          <th scope="col">State</th>
          <th scope="col">Began</th>
          <th scope="col" className="number">
            Done
          </th>
          <th scope="col" className="number">
            Failed
          </th>
        </tr>
      </thead>
      <tbody>
        {runs.map((run) => (
          <tr key={run.id}>
            <td>
              <TextLink to="/runs/$runId" params={{ runId: run.id }} underline="hover">
                {run.automation.name}
                {run.undoes === null ? '' : ' (undo)'}
              </TextLink>
              <Text size="sm" c="dimmed">
                {run.sentence}
              </Text>
            </td>
            <td>
              <State tone={runStates[run.state].tone}>{runStates[run.state].word}</State>
            </td>
            <td>
              <Time at={run.startedAt} />
            </td>
            <td className="number" data-label="done">
              {run.counts.done}
            </td>
            <td className="number" data-label="failed">
              {run.counts.failed}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
