// Saying yes or no: a comment, a reason for every guard that stops, and the number typed where accounts close.
import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, type ReactNode, useState } from 'react';
import { z } from 'zod';
import { post } from '#console/api.ts';
import { Refusal } from '#console/shell/loaded.tsx';
import { PlanRowWire, type PlanWire } from '#features/automation/wire.ts';
import { approveLabel, counted, type Danger, dangerOf } from './plan-view.ts';

const Started = z.looseObject({ runId: z.uuid() });

type Given = { readonly comment: string; readonly reason: string };

/** Approves, unless that was done, and applies; then the run is what there is to see. */
function useApply(plan: PlanWire) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const guards = plan.guards.filter(({ verdict }) => verdict === 'stop').map(({ name }) => name);
  return useMutation({
    mutationFn: async ({ comment, reason }: Given) => {
      if (plan.state !== 'approved') {
        const override = guards.length === 0 ? {} : { override: { guards, reason } };
        const decision = { hash: plan.hash, comment, ...override };
        await post(`/v1/plans/${plan.id}/approve`, decision, PlanRowWire);
      }
      return post(`/v1/plans/${plan.id}/apply`, {}, Started);
    },
    onSuccess: ({ runId }) => navigate({ to: '/runs/$runId', params: { runId } }),
    onSettled: () => client.invalidateQueries(),
  });
}

export function ApproveForm({
  plan,
  back,
}: {
  readonly plan: PlanWire;
  readonly back: () => void;
}) {
  const [comment, setComment] = useState('');
  const [reason, setReason] = useState('');
  const [typed, setTyped] = useState('');
  const apply = useApply(plan);
  const stops = plan.guards.filter(({ verdict }) => verdict === 'stop');
  const danger = dangerOf(plan);
  const ready =
    (stops.length === 0 || reason.trim() !== '') &&
    (danger === undefined || typed.trim() === danger.typed);
  return (
    <Form
      submit={() => apply.mutate({ comment, reason })}
      error={apply.error}
      buttons={
        <>
          <Button variant="default" onClick={back}>
            Back
          </Button>
          <Button type="submit" loading={apply.isPending} disabled={!ready}>
            {approveLabel(plan)}
          </Button>
        </>
      }
    >
      {stops.length === 0 ? null : (
        <>
          <Text>
            {stops.length === 1 ? 'A guard stops' : `${stops.length} guards stop`} this plan:{' '}
            {stops.map(({ sentence }) => sentence).join(' ')}
          </Text>
          <TextInput
            label="Why it may go on all the same"
            description="Kept in the audit, with your name."
            required
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            maxLength={2_000}
          />
        </>
      )}
      {danger === undefined ? null : (
        <Text>
          {namesOf(danger)} can no longer sign in once this is applied.
          {danger.isReversible ? ' It can be undone.' : null}
        </Text>
      )}
      <Group align="end" gap="md" className="fields">
        {danger === undefined ? null : (
          <TextInput
            label={`Type ${danger.typed} to ${danger.act}`}
            required
            withAsterisk={false}
            inputMode="numeric"
            autoComplete="off"
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            data-autofocus
            autoFocus
          />
        )}
        <TextInput
          label="Comment"
          placeholder="Optional"
          className="wide"
          value={comment}
          onChange={(event) => setComment(event.currentTarget.value)}
          maxLength={2_000}
          autoFocus={danger === undefined}
        />
      </Group>
    </Form>
  );
}

export function RejectForm({ plan, back }: { readonly plan: PlanWire; readonly back: () => void }) {
  const [comment, setComment] = useState('');
  const client = useQueryClient();
  const reject = useMutation({
    mutationFn: () => post(`/v1/plans/${plan.id}/reject`, { comment }, PlanRowWire),
    onSuccess: back,
    onSettled: () => client.invalidateQueries(),
  });
  return (
    <Form
      submit={() => reject.mutate()}
      error={reject.error}
      buttons={
        <>
          <Button variant="default" onClick={back}>
            Back
          </Button>
          <Button type="submit" loading={reject.isPending}>
            Reject this plan
          </Button>
        </>
      }
    >
      <TextInput
        label="Why not"
        placeholder="Optional; whoever reads the plan later sees it"
        value={comment}
        onChange={(event) => setComment(event.currentTarget.value)}
        maxLength={2_000}
        autoFocus
      />
    </Form>
  );
}

/** A plan that was approved, or needs no yes. */
export function ApplyForm({ plan }: { readonly plan: PlanWire }) {
  const apply = useApply(plan);
  return (
    <>
      <Button loading={apply.isPending} onClick={() => apply.mutate({ comment: '', reason: '' })}>
        Make {counted(plan.changeCount, 'change')}
      </Button>
      {apply.error === null ? null : <Refusal error={apply.error} />}
    </>
  );
}

function Form({
  submit,
  error,
  children,
  buttons,
}: {
  readonly submit: () => void;
  readonly error: Error | null;
  readonly children: ReactNode;
  readonly buttons: ReactNode;
}) {
  function submitted(event: FormEvent): void {
    event.preventDefault();
    submit();
  }
  return (
    <form onSubmit={submitted}>
      <Stack gap="sm">
        {error === null ? null : <Refusal error={error} />}
        {children}
        <Group gap="sm" justify="flex-end">
          {buttons}
        </Group>
      </Stack>
    </form>
  );
}

const namesShown = 5;

function namesOf({ names, count }: Danger): string {
  const shown = names.slice(0, namesShown);
  const rest = count - shown.length;
  const others = shown.length === 0 ? `${rest} people` : `${rest} others`;
  return new Intl.ListFormat('en').format(rest > 0 ? [...shown, others] : shown);
}
