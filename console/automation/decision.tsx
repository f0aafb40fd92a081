// The sticky foot of a plan: what a yes comes to, approve, reject, download; and afterwards what was decided.
import { Button, Group, Text } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { TextLink } from '#console/shell/link.tsx';
import { Time } from '#console/shell/time.tsx';
import type { PlanWire } from '#features/automation/wire.ts';
import { ApplyForm, ApproveForm, RejectForm } from './decide.tsx';
import { extentOf } from './plan-view.ts';

const planRoute = getRouteApi('/plans/$planId');

export function Decision({ plan }: { readonly plan: PlanWire }) {
  const { decide } = planRoute.useSearch();
  const navigate = planRoute.useNavigate();
  const open = plan.state === 'waiting' || plan.state === 'stopped';
  function turnTo(next: '' | 'approve' | 'reject'): void {
    const search = (old: object) => ({ ...old, decide: next });
    void navigate({ search, replace: true, resetScroll: false });
  }
  const back = () => turnTo('');
  if (open && decide === 'approve') {
    return (
      <Foot>
        <ApproveForm plan={plan} back={back} />
      </Foot>
    );
  }
  if (open && decide === 'reject')
    return (
      <Foot>
        <RejectForm plan={plan} back={back} />
      </Foot>
    );
  return (
    <Foot>
      <Group justify="space-between" gap="sm">
        <Decided plan={plan} />
        <Group gap="sm">
          <Button component="a" variant="subtle" href={`/v1/plans/${plan.id}/download`} download>
            Download
          </Button>
          {open ? (
            <>
              <Button variant="default" onClick={() => turnTo('reject')}>
                Reject…
              </Button>
              <Button onClick={() => turnTo('approve')}>
                {plan.state === 'stopped' ? 'Approve all the same…' : 'Approve…'}
              </Button>
            </>
          ) : null}
          {plan.state === 'approved' ? <ApplyForm plan={plan} /> : null}
        </Group>
      </Group>
    </Foot>
  );
}

function Foot({ children }: { readonly children: ReactNode }) {
  return (
    <section className="foot" aria-label="Decision">
      {children}
    </section>
  );
}

function Decided({ plan }: { readonly plan: PlanWire }) {
  if (plan.decidedBy === null || plan.decidedAt === null) {
    return (
      <Text c="dimmed">
        {extentOf(plan)}
        <RunLink plan={plan} />
      </Text>
    );
  }
  const word = plan.state === 'rejected' ? 'Rejected' : 'Approved';
  return (
    <Text c="dimmed">
      {word} by {plan.decidedBy} <Time at={plan.decidedAt} />
      {plan.comment === null || plan.comment === '' ? '' : `: “${plan.comment}”`}
      <RunLink plan={plan} />
    </Text>
  );
}

function RunLink({ plan }: { readonly plan: PlanWire }) {
  if (plan.runId === null) return null;
  return (
    <>
      {' · '}
      <TextLink to="/runs/$runId" params={{ runId: plan.runId }} inherit>
        see the run
      </TextLink>
    </>
  );
}
