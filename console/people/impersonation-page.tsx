// For administrators: whether anybody acts as somebody else, and who did.
import { Button, Group, Stack, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { patch } from '#console/api.ts';
import { Loaded, Refusal } from '#console/shell/loaded.tsx';
import { SettingsWire } from '#features/impersonation/wire.ts';
import { History } from './history.tsx';
import { historyQuery, settingsQuery } from './queries.ts';

type Whose = 'agents' | 'users';
type Settings = {
  readonly [W in Whose]: { readonly allowed: boolean; readonly told: boolean };
};

export function ImpersonationPage() {
  useDocumentTitle('Impersonation · Sundog');
  return (
    <Loaded query={useQuery(settingsQuery)}>
      {(settings) => (
        <Stack gap="xl">
          <h1 className="lead">{firstLine(settings)}</h1>
          <Text className="prose" c="dimmed">
            It takes a reason, lasts half an hour at most and is recorded under both names. Nobody
            acts as an administrator, or as anybody who may do more than they. Agents need the right
            impersonate:agents or impersonate:users; administrators have both.
          </Text>
          <Setting whose="agents" settings={settings} />
          <Setting whose="users" settings={settings} />
          <section>
            <Title order={2} size="h4" mb="xs">
              Who acted as whom
            </Title>
            <Past />
          </section>
        </Stack>
      )}
    </Loaded>
  );
}

function Past() {
  return (
    <Loaded query={useQuery(historyQuery)}>
      {({ items }) =>
        items.length === 0 ? <Text c="dimmed">Nobody yet.</Text> : <History items={items} isWhom />
      }
    </Loaded>
  );
}

function firstLine({ agents, users }: Settings): string {
  if (agents.allowed && users.allowed) return 'Agents may act as other agents and as users.';
  if (agents.allowed) return 'Agents may act as other agents, and not as users.';
  if (users.allowed) return 'Agents may act as users, and not as other agents.';
  return 'Nobody acts as anybody else: it is switched off.';
}

function Setting({ whose, settings }: { readonly whose: Whose; readonly settings: Settings }) {
  const client = useQueryClient();
  const { allowed, told } = settings[whose];
  const change = useMutation({
    mutationFn: (to: { readonly allowed?: boolean; readonly told?: boolean }) =>
      patch('/v1/impersonation', { [whose]: to }, SettingsWire),
    onSettled: () => client.invalidateQueries({ queryKey: ['impersonation'] }),
  });
  return (
    <section>
      <Title order={2} size="h4" mb={4}>
        Acting as {whose}
      </Title>
      <Text mb="sm">
        {allowed ? 'Allowed.' : 'Switched off.'}{' '}
        {told
          ? 'Whom it concerns gets a mail and sees it among their sessions.'
          : 'Whom it concerns is not told.'}
      </Text>
      <Group gap="sm">
        <Button
          variant={allowed ? 'default' : 'filled'}
          size="xs"
          loading={change.isPending}
          onClick={() => change.mutate({ allowed: !allowed })}
        >
          {allowed
            ? `Switch acting as ${whose} off, and end what is under way`
            : `Allow acting as ${whose}`}
        </Button>
        <Button
          variant="default"
          size="xs"
          loading={change.isPending}
          onClick={() => change.mutate({ told: !told })}
        >
          {told ? `Do not tell ${whose}` : `Tell ${whose} of it`}
        </Button>
      </Group>
      {change.error === null ? null : <Refusal error={change.error} />}
    </section>
  );
}
