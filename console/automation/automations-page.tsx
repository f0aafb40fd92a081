// What runs here by itself or by hand, in sentences, each with the button that makes a plan.
import { Button, Group, Stack, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { post } from '#console/api.ts';
import { ButtonLink, TextLink } from '#console/shell/link.tsx';
import { Loaded, Refusal } from '#console/shell/loaded.tsx';
import { State } from '#console/shell/state.tsx';
import { Time } from '#console/shell/time.tsx';
import { type AutomationRowWire, PlanWire } from '#features/automation/wire.ts';
import { automationsQuery } from './queries.ts';
import { automationStates } from './states.ts';

export function AutomationsPage() {
  useDocumentTitle('Automations · Sundog');
  return (
    <Loaded query={useQuery(automationsQuery)}>
      {({ items }) => (
        <Stack gap={44}>
          <h1 className="lead">{firstLine(items)}</h1>
          {items.length === 0 ? (
            <Text c="dimmed">
              Make one over the API (<code>POST /v1/automations</code>), or start the lab with{' '}
              <code>npm start</code>: it brings two.
            </Text>
          ) : null}
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
  if (active === items.length) {
    return items.length === 1 ? 'One automation is active.' : `${active} automations are active.`;
  }
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
  const id = `automation-${automation.id}`;
  const said = automationStates[automation.state];
  return (
    <section aria-labelledby={id} className="automation">
      <div>
        <Group gap="sm" mb={4}>
          <Title order={2} size="h4" id={id}>
            {automation.name}
          </Title>
          <State tone={said.tone}>{said.word}</State>
        </Group>
        <Text className="prose">{automation.description}</Text>
        <ol className="does">
          {automation.steps.map((step) => (
            <li key={step.sentence}>{step.sentence}</li>
          ))}
        </ol>
        <Text size="sm" c="dimmed">
          {automation.trigger} · version {automation.version}
          <LastRun automation={automation} />
        </Text>
        {plan.error === null ? null : <Refusal error={plan.error} />}
      </div>
      <Stack gap="xs" className="automation-keys">
        {automation.waitingPlanId === null ? null : (
          <ButtonLink to="/plans/$planId" params={{ planId: automation.waitingPlanId }}>
            Read the waiting plan
          </ButtonLink>
        )}
        <Button
          variant={automation.waitingPlanId === null ? 'filled' : 'default'}
          loading={plan.isPending}
          disabled={automation.state !== 'active'}
          onClick={() => plan.mutate()}
          aria-label={`Plan now: ${automation.name}`}
        >
          Plan now
        </Button>
      </Stack>
    </section>
  );
}

function LastRun({ automation: { lastRun } }: { readonly automation: AutomationRowWire }) {
  if (lastRun === null) return ' · has not run yet';
  return (
    <>
      {' · ran '}
      <Time at={lastRun.startedAt} />
      {': '}
      <TextLink to="/runs/$runId" params={{ runId: lastRun.id }} inherit>
        {lastRun.sentence}
      </TextLink>
    </>
  );
}
