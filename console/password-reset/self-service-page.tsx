// Who can reset their own password, who was sent a link, what was tried; switched on and off here.
import { Anchor, Button, Group, NativeSelect, Stack, Tabs, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { patch } from '#console/api.ts';
import { Loaded, Refusal } from '#console/shell/loaded.tsx';
import { SelfServiceWire } from '#features/password-reset/console-wire.ts';
import { Attempts } from './attempts.tsx';
import { People } from './people.tsx';
import { selfServiceQuery } from './queries.ts';
import { Questions } from './questions.tsx';

export function SelfServicePage() {
  useDocumentTitle('Password reset · Sundog');
  return (
    <Loaded query={useQuery(selfServiceQuery)}>
      {(selfService) => (
        <Stack gap="xl">
          <h1 className="lead">{selfService.sentence}</h1>
          <Text className="prose" c="dimmed">
            {selfService.warning} People do it at <Anchor href="/reset">/reset</Anchor>; whoever is
            privileged, here or in the directory, never does.
          </Text>
          <Settings selfService={selfService} />
          <Tabs defaultValue="people" keepMounted={false}>
            <Tabs.List>
              <Tabs.Tab value="people">People</Tabs.Tab>
              <Tabs.Tab value="attempts">Attempts</Tabs.Tab>
              <Tabs.Tab value="questions">Questions</Tabs.Tab>
            </Tabs.List>
            <Tabs.Panel value="people" pt="lg">
              <People isOn={selfService.enabled} />
            </Tabs.Panel>
            <Tabs.Panel value="attempts" pt="lg">
              <Attempts />
            </Tabs.Panel>
            <Tabs.Panel value="questions" pt="lg">
              <Questions />
            </Tabs.Panel>
          </Tabs>
        </Stack>
      )}
    </Loaded>
  );
}

function Settings({ selfService }: { readonly selfService: SelfServiceWire }) {
  const client = useQueryClient();
  const { enabled, connectionId, mailConnections } = selfService;
  const [chosen, setChosen] = useState(connectionId ?? mailConnections[0]?.id ?? '');
  const change = useMutation({
    mutationFn: (to: { readonly enabled?: boolean; readonly connectionId?: string }) =>
      patch('/v1/self-service', to, SelfServiceWire),
    onSettled: () => client.invalidateQueries({ queryKey: ['self-service'] }),
  });
  if (mailConnections.length === 0) {
    return (
      <Text>
        To switch it on, make a connection of the kind mail for every client first: people are told
        of every attempt.
      </Text>
    );
  }
  return (
    <section>
      <Title order={2} size="h4" mb="xs">
        {enabled ? 'Self-service is on' : 'Self-service is off'}
      </Title>
      <Group align="flex-end" gap="sm">
        <NativeSelect
          label="Codes and notices go through"
          data={mailConnections.map(({ id, name }) => ({ value: id, label: name }))}
          value={chosen}
          onChange={(event) => {
            setChosen(event.currentTarget.value);
            if (enabled) change.mutate({ connectionId: event.currentTarget.value });
          }}
        />
        <Button
          variant={enabled ? 'default' : 'filled'}
          loading={change.isPending}
          onClick={() => change.mutate({ enabled: !enabled, connectionId: chosen })}
        >
          {enabled ? 'Switch self-service off' : 'Switch self-service on'}
        </Button>
      </Group>
      {change.error === null ? null : <Refusal error={change.error} />}
    </section>
  );
}
