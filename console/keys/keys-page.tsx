// The master key: is everything sealed with the present one, and how it is changed.
import { Button, Group, Stack, Text, Title } from '@mantine/core';
import { useDisclosure, useDocumentTitle } from '@mantine/hooks';
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { z } from 'zod';
import { get, post } from '#console/api.ts';
import { Loaded, Refusal } from '#console/shell/loaded.tsx';
import { State, type Tone } from '#console/shell/state.tsx';
import { Time } from '#console/shell/time.tsx';
import { KeysWire, RotationWire } from '#features/keys/wire.ts';

type Keys = z.output<typeof KeysWire>;
type Rotation = z.output<typeof RotationWire>;

const keysQuery = queryOptions({
  queryKey: ['keys'],
  queryFn: () => get('/v1/keys', KeysWire),
  refetchInterval: (query) => (query.state.data?.rotation?.state === 'running' ? 1_000 : 15_000),
});

export function KeysPage() {
  useDocumentTitle('Master key · Sundog');
  return <Loaded query={useQuery(keysQuery)}>{(keys) => <Page keys={keys} />}</Loaded>;
}

function Page({ keys }: { readonly keys: Keys }) {
  const running = keys.rotation?.state === 'running';
  return (
    <Stack gap="xl">
      <div>
        <h1 className="lead">{firstLine(keys)}</h1>
        {running && keys.rotation !== null ? <Progress rotation={keys.rotation} /> : null}
        <Text c="dimmed" mt="xs" className="prose">
          {keys.home === 'file'
            ? 'The hub keeps it in master.key in its data folder. Keep a copy of that file elsewhere: without it no secret opens.'
            : 'It comes from the settings of the hub, and only its id is known here.'}
        </Text>
      </div>
      {running ? null : <Change keys={keys} />}
      <section>
        <Title order={2} size="h4" mb="xs">
          Keys there have been
        </Title>
        <KeyTable keys={keys.keys} />
      </section>
      {keys.rotation === null || running ? null : <Last rotation={keys.rotation} />}
    </Stack>
  );
}

function firstLine({ rotation, old }: Keys): string {
  if (rotation?.state === 'running') return rotation.sentence;
  if (rotation?.state === 'incomplete') {
    return rotation.broken === 1
      ? '1 secret does not open and keeps an old key alive.'
      : `${rotation.broken} secrets do not open and keep an old key alive.`;
  }
  if (old === 0) return 'Every secret is sealed with the present master key.';
  return old === 1
    ? '1 secret is sealed with an older key or format.'
    : `${old} secrets are sealed with an older key or format.`;
}

function Progress({ rotation }: { readonly rotation: Rotation }) {
  const { resealed, total } = rotation;
  return (
    <progress
      className="progress"
      aria-label="Secrets sealed with the new key"
      value={resealed}
      max={Math.max(total, resealed, 1)}
    />
  );
}

function Change({ keys }: { readonly keys: Keys }) {
  const [asking, ask] = useDisclosure(false);
  const client = useQueryClient();
  const change = useMutation({
    mutationFn: (updateOnly: boolean) => post('/v1/keys/rotate', { updateOnly }, RotationWire),
    onSuccess: () => client.invalidateQueries({ queryKey: ['keys'] }),
    onSettled: ask.close,
  });
  return (
    <div>
      {asking ? (
        <Ask
          home={keys.home}
          working={change.isPending}
          yes={() => change.mutate(false)}
          no={ask.close}
        />
      ) : (
        <Group gap="sm">
          <Button onClick={ask.open}>Change the master key…</Button>
          {keys.old === 0 ? null : (
            <Button
              variant="default"
              loading={change.isPending}
              onClick={() => change.mutate(true)}
            >
              Seal {keys.old} anew with the present key
            </Button>
          )}
        </Group>
      )}
      {change.error === null ? null : <Refusal error={change.error} />}
    </div>
  );
}

function Ask({
  home,
  working,
  yes,
  no,
}: {
  readonly home: Keys['home'];
  readonly working: boolean;
  readonly yes: () => void;
  readonly no: () => void;
}) {
  return (
    <Stack gap="sm" className="prose">
      <Text>
        {home === 'file'
          ? 'The hub makes a new key and writes it into master.key.'
          : 'The hub changes to the key of SUNDOG_MASTER_KEY_NEXT, which every process must have been given.'}{' '}
        From that moment it seals whatever is written; the rest follows while everybody works on.
      </Text>
      <Text c="dimmed" size="sm">
        When nothing is sealed with the old key any more, it is retired. A backup of the database
        from before still needs it.
      </Text>
      <Group gap="sm">
        <Button loading={working} onClick={yes} autoFocus>
          Change the key
        </Button>
        <Button variant="default" onClick={no}>
          Leave it
        </Button>
      </Group>
    </Stack>
  );
}

const states: Readonly<Record<Keys['keys'][number]['state'], { tone: Tone; word: string }>> = {
  current: { tone: 'done', word: 'seals' },
  old: { tone: 'waiting', word: 'still opens' },
  retired: { tone: 'quiet', word: 'retired' },
};

function KeyTable({ keys }: { readonly keys: Keys['keys'] }) {
  return (
    <table className="plain keys">
      <thead>
        <tr>
          <th scope="col">Key</th>
          <th scope="col">State</th>
          <th scope="col">Since</th>
          <th scope="col" className="number">
            Secrets
          </th>
        </tr>
      </thead>
      <tbody>
        {keys.map((key) => (
          <tr key={key.id}>
            <td>
              <Text ff="monospace" span>
                {key.id}
              </Text>
            </td>
            <td>
              <State tone={states[key.state].tone}>{states[key.state].word}</State>
            </td>
            <td>
              <Time at={key.retiredAt ?? key.since} />
            </td>
            <td className="number" data-label="secrets">
              {key.values}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Last({ rotation }: { readonly rotation: Rotation }) {
  return (
    <section>
      <Title order={2} size="h4" mb="xs">
        The last change
      </Title>
      <Text>{rotation.sentence}</Text>
      <Text c="dimmed" size="sm">
        {rotation.startedBy} began it <Time at={rotation.startedAt} />.
      </Text>
    </section>
  );
}
