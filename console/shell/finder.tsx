// Ctrl-K: find a page, an automation, a plan or a run by a few letters.
import { Spotlight, type SpotlightActionData, spotlight } from '@mantine/spotlight';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { automationsQuery, plansQuery, runsQuery } from '#console/automation/queries.ts';

export function openFinder(): void {
  spotlight.open();
}

export function Finder() {
  const navigate = useNavigate();
  const automations = useQuery(automationsQuery);
  const plans = useQuery(plansQuery);
  const runs = useQuery(runsQuery);
  const pages: SpotlightActionData[] = [
    { id: 'overview', label: 'Overview', onClick: () => void navigate({ to: '/' }) },
    {
      id: 'automations',
      label: 'Automations',
      onClick: () => void navigate({ to: '/automations' }),
    },
    { id: 'plans', label: 'Plans', onClick: () => void navigate({ to: '/plans' }) },
    { id: 'runs', label: 'Runs', onClick: () => void navigate({ to: '/runs' }) },
  ];
  const actions = [
    { group: 'Pages', actions: pages },
    {
      group: 'Automations',
      actions: (automations.data?.items ?? []).map((automation) => ({
        id: automation.id,
        label: automation.name,
        description: automation.sentence,
        onClick: () => void navigate({ to: '/automations' }),
      })),
    },
    {
      group: 'Plans',
      actions: (plans.data?.items ?? []).map((plan) => ({
        id: plan.id,
        label: `Plan: ${plan.automation.name}`,
        description: plan.sentence,
        onClick: () => void navigate({ to: '/plans/$planId', params: { planId: plan.id } }),
      })),
    },
    {
      group: 'Runs',
      actions: (runs.data?.items ?? []).map((run) => ({
        id: run.id,
        label: `Run: ${run.automation.name}`,
        description: run.sentence,
        onClick: () => void navigate({ to: '/runs/$runId', params: { runId: run.id } }),
      })),
    },
  ];
  return (
    <Spotlight
      actions={actions}
      shortcut="mod + K"
      limit={12}
      nothingFound="Nothing has that name."
      searchProps={{
        placeholder: 'Find a page, an automation, a plan or a run',
        'aria-label': 'Find',
      }}
    />
  );
}
