// The sticky foot of a plan: approve with a comment and apply, reject, download.
import { Button, Group, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { z } from 'zod';
import { post } from '#console/api.ts';
import { Refusal } from '#console/shell/loaded.tsx';
import type { PlanWire } from '#features/automation/wire.ts';

const Started = z.looseObject({ runId: z.uuid() });
const Decided = z.unknown();

export function Decision({ plan }: { readonly plan: PlanWire }) {
  const [comment, setComment] = useState('');
  const navigate = useNavigate();
  const client = useQueryClient();
  const apply = useMutation({
    mutationFn: async () => {
      if (plan.state === 'waiting' || plan.state === 'stopped') {
        await post(`/v1/plans/${plan.id}/approve`, { hash: plan.hash, comment }, Decided);
      }
      return post(`/v1/plans/${plan.id}/apply`, {}, Started);
    },
    onSuccess: async ({ runId }) => {
      await navigate({ to: '/runs/$runId', params: { runId } });
    },
    onSettled: () => client.invalidateQueries(),
  });
  const reject = useMutation({
    mutationFn: () => post(`/v1/plans/${plan.id}/reject`, { comment }, Decided),
    onSettled: () => client.invalidateQueries(),
  });
  const open = plan.state === 'waiting' || plan.state === 'approved' || plan.state === 'stopped';
  const error = apply.error ?? reject.error;
  return (
    <div className="foot">
      {error === null ? null : <Refusal error={error} />}
      <Group justify="space-between" align="end">
        {open ? (
          <Group align="end">
            <TextInput
              label={plan.state === 'stopped' ? 'Why it may go on all the same' : 'Comment'}
              value={comment}
              onChange={(event) => setComment(event.currentTarget.value)}
              w={320}
            />
            <Button
              loading={apply.isPending}
              disabled={plan.state === 'stopped' && comment.trim() === ''}
              onClick={() => apply.mutate()}
            >
              {`Approve and apply ${plan.changes.length} changes`}
            </Button>
            <Button variant="default" loading={reject.isPending} onClick={() => reject.mutate()}>
              Reject
            </Button>
          </Group>
        ) : (
          <Text c="dimmed">
            {plan.decidedBy === null ? 'Nothing is waiting here.' : `Decided by ${plan.decidedBy}`}
            {plan.comment === null || plan.comment === '' ? '' : `: “${plan.comment}”`}
            {plan.runId === null ? null : (
              <>
                {' · '}
                <Link to="/runs/$runId" params={{ runId: plan.runId }}>
                  see the run
                </Link>
              </>
            )}
          </Text>
        )}
        <Button component="a" variant="subtle" href={`/v1/plans/${plan.id}/download`} download>
          Download
        </Button>
      </Group>
    </div>
  );
}
