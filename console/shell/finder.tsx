// Ctrl-K: find a person of a waiting plan, a page, an action, an automation, a plan or a run.
import '@mantine/spotlight/styles.css';
import {
  Spotlight,
  type SpotlightActionData,
  type SpotlightActionGroupData,
  spotlight,
} from '@mantine/spotlight';
import { useQueries, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import { automationsQuery, planQuery, plansQuery, runsQuery } from '#console/automation/queries.ts';
import { places } from './places.ts';

/** People are looked for in so many of the latest waiting plans. */
const plansSearchedMax = 3;

export function Finder({ asked }: { readonly asked: number }) {
  const groups: SpotlightActionGroupData[] = [
    { group: 'Pages and actions', actions: usePages() },
    { group: 'Automations', actions: useAutomations() },
    { group: 'Plans and runs', actions: usePlansAndRuns() },
    { group: 'People in waiting plans', actions: usePeople() },
  ];
  useEffect(() => {
    if (asked > 0) spotlight.open();
  }, [asked]);
  return (
    <Spotlight
      actions={groups}
      shortcut={null}
      limit={14}
      scrollable
      maxHeight={460}
      nothingFound="Nothing has that name."
      searchProps={{
        placeholder: 'Find a person, a page, an action, an automation, a plan or a run',
        'aria-label': 'Find',
      }}
    />
  );
}

function usePages(): SpotlightActionData[] {
  const navigate = useNavigate();
  return [
    ...places.map(({ to, label }) => ({ id: to, label, onClick: () => void navigate({ to }) })),
    {
      id: 'sessions',
      label: 'Your sign-in',
      onClick: () => void navigate({ to: '/account' }),
    },
    {
      id: 'impersonation',
      label: 'Impersonation: allow it, or see who acted as whom',
      onClick: () => void navigate({ to: '/impersonation' }),
    },
    {
      id: 'password',
      label: 'Change my password',
      onClick: () => location.assign('/auth/password'),
    },
    { id: 'sign-out', label: 'Sign out', onClick: () => location.assign('/auth/logout') },
  ];
}

function useAutomations(): SpotlightActionData[] {
  const navigate = useNavigate();
  const { data } = useQuery(automationsQuery);
  return (data?.items ?? []).map(({ id, name, sentence }) => ({
    id,
    label: name,
    description: sentence,
    onClick: () => void navigate({ to: '/automations', hash: `automation-${id}` }),
  }));
}

function usePlansAndRuns(): SpotlightActionData[] {
  const navigate = useNavigate();
  const plans = useQuery(plansQuery).data?.items ?? [];
  const runs = useQuery(runsQuery).data?.items ?? [];
  return [
    ...plans.map((plan) => ({
      id: plan.id,
      label: `Plan of ${plan.automation.name}`,
      description: plan.sentence,
      onClick: () => void navigate({ to: '/plans/$planId', params: { planId: plan.id } }),
    })),
    ...runs.map((run) => ({
      id: run.id,
      label: `Run of ${run.automation.name}`,
      description: run.sentence,
      onClick: () => void navigate({ to: '/runs/$runId', params: { runId: run.id } }),
    })),
  ];
}

function usePeople(): SpotlightActionData[] {
  const navigate = useNavigate();
  const { data } = useQuery(plansQuery);
  const open = (data?.items ?? []).filter(({ state }) => state === 'waiting');
  const queries = open.slice(0, plansSearchedMax).map(({ id }) => planQuery(id));
  return useQueries({ queries }).flatMap(({ data: plan }) =>
    (plan?.people ?? [])
      .filter(({ group }) => group !== 'unchanged')
      .map((person) => ({
        id: `${plan?.id} ${person.key}`,
        label: person.name,
        description: `in the plan of ${plan?.automation.name}`,
        onClick: () =>
          void navigate({
            to: '/plans/$planId',
            params: { planId: plan?.id ?? '' },
            search: { person: person.key },
          }),
      })),
  );
}
