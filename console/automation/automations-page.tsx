// What runs here by itself or by hand, in sentences, each with the button that makes a plan.
import { Button, Group, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { post } from '#console/api.ts';
import { ButtonLink, TextLink } from '#console/shell/link.tsx';
import { Loaded, Refusal } from '#console/shell/loaded.tsx';
import { State } from '#console/shell/state.tsx';
import { type AutomationRowWire, PlanWire } from '#features/automation/wire.ts';
import { automationsQuery } from './queries.ts';

const tones = { draft: 'quiet', proposed: 'waiting', active: 'done', paused: 'quiet' } as const;

export function AutomationsPage() {
  return (
    <Loaded query={useQuery(automationsQuery)}>
      {({ items }) => (
        <Stack gap="xl">
          <h1 className="lead">{firstLine(items)}</h1>
          {items.map((automation) => (
            <Automation key={automation.id} automation={automation} />
          ))}
        </Stack>
      )}
    </Loaded>
  );
}

function firstLine(items: readonly AutomationRowWire[]): string {
  if (items.length === 0) return 'There is no automation yet.';
  const active = items.filter((automation) => automation.state === 'active').length;
  return `${active} of ${items.length} automations ${active === 1 ? 'is' : 'are'} active.`;
}

function Automation({ automation }: { readonly automation: AutomationRowWire }) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const plan = useMutation({
    mutationFn: () => post(`/v1/automations/${automation.id}/plan`, {}, PlanWire),
    onSuccess: async (made) => {
      client.setQueryData(['plans', made.id], made);
      await navigate({ to: '/plans/$planId', params: { planId: made.id } });
    },
  });
  return (
    <section aria-labelledby={`automation-${automation.id}`}>
      <Group justify="space-between" align="start">
        <div>
          <Group gap="sm">
            <Title order={2} size="h4" id={`automation-${automation.id}`}>
              {automation.name}
            </Title>
            <State tone={tones[automation.state]}>{automation.state}</State>
          </Group>
          <Text c="dimmed">{automation.sentence}</Text>
        </div>
        <Group gap="xs">
          {automation.waitingPlanId === null ? null : (
            <ButtonLink
              to="/plans/$planId"
              params={{ planId: automation.waitingPlanId }}
              variant="default"
            >
              Read the waiting plan
            </ButtonLink>
          )}
          <Button
            loading={plan.isPending}
            disabled={automation.state !== 'active'}
            onClick={() => plan.mutate()}
          >
            Plan now
          </Button>
        </Group>
      </Group>
      <ol>
        {automation.steps.map((step) => (
          <li key={step.sentence}>{step.sentence}</li>
        ))}
      </ol>
      <Text size="sm" c="dimmed">
        {automation.trigger} · version {automation.version}
        {automation.lastRun === null ? null : (
          <>
            {' · last run: '}
            <TextLink to="/runs/$runId" params={{ runId: automation.lastRun.id }}>
              {automation.lastRun.sentence}
            </TextLink>
          </>
        )}
      </Text>
      {plan.error === null ? null : <Refusal error={plan.error} />}
    </section>
  );
}
