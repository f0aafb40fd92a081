// People whom somebody has to decide on, once and for all: link to a record, make one, or leave out.
import { Button, Group, Text, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { post } from '#console/api.ts';
import { Refusal } from '#console/shell/loaded.tsx';
import { Time } from '#console/shell/time.tsx';
import { DisputeWire } from '#features/directories/run-wire.ts';
import { type Dispute, disputesQuery, syncsKey } from './queries.ts';

export function Disputes({ syncId }: { readonly syncId: number }) {
  const { data, error } = useQuery(disputesQuery(syncId));
  if (error !== null) return <Refusal error={error} />;
  if (data === undefined || data.items.length === 0) return null;
  const { items, next } = data;
  const count = next === null ? String(items.length) : `More than ${items.length}`;
  const verb = items.length === 1 ? 'person waits' : 'people wait';
  return (
    <section aria-labelledby="disputes">
      <Title order={2} size="h4" id="disputes" mb={4}>
        {count} {verb} for your decision
      </Title>
      <Text className="prose" c="dimmed">
        It holds for good, and the next sync follows it. Until then nothing happens to them.
      </Text>
      {items.map((dispute) => (
        <OneDispute key={dispute.id} dispute={dispute} />
      ))}
    </section>
  );
}

type Decision =
  | { readonly decision: 'create' | 'leave-out' }
  | { readonly decision: 'link'; readonly deskId: number };

function OneDispute({ dispute }: { readonly dispute: Dispute }) {
  const { id, syncId, name, dn, sentence, code, candidates, foundAt } = dispute;
  const client = useQueryClient();
  const decide = useMutation({
    mutationFn: (body: Decision) =>
      post(`/v1/directory-syncs/${syncId}/disputes/${id}`, body, DisputeWire),
    onSettled: () => client.invalidateQueries({ queryKey: syncsKey }),
  });
  const key = (label: string, body: Decision) => (
    <Button
      size="compact-sm"
      variant="default"
      disabled={decide.isPending}
      onClick={() => decide.mutate(body)}
      aria-label={`${label}: ${name}`}
    >
      {label}
    </Button>
  );
  return (
    <article className="change" aria-label={name}>
      <Text>
        <strong title={dn}>{name}</strong>
      </Text>
      <Text className="prose" title={code}>
        {sentence}
      </Text>
      <Text size="sm" c="dimmed" className="breaks">
        {dn} · found <Time at={foundAt} />
      </Text>
      {candidates.length === 0 ? null : (
        <ul className="candidates">
          {candidates.map(({ deskId, name: called, email }) => (
            <li key={deskId}>
              <span>
                {called}{' '}
                <Text component="span" size="sm" c="dimmed">
                  {email === '' ? `record ${deskId}` : `${email}, record ${deskId}`}
                </Text>
              </span>
              {key(`Link to ${deskId}`, { decision: 'link', deskId })}
            </li>
          ))}
        </ul>
      )}
      {decide.error === null ? null : <Refusal error={decide.error} />}
      <Group gap="sm" mt="sm">
        {key('Create a record of their own', { decision: 'create' })}
        {key('Leave out', { decision: 'leave-out' })}
      </Group>
    </article>
  );
}
