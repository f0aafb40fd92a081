// One key vault: how it is reached, what is kept in it, a test with its stages, and a place for another secret.
import { Button, Group, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { post } from '#console/api.ts';
import { Refusal } from '#console/shell/loaded.tsx';
import { State } from '#console/shell/state.tsx';
import { Time } from '#console/shell/time.tsx';
import { type KeyVaultWire, VaultTestedWire } from '#features/key-vaults/wire.ts';
import { KeepSecret } from './keep.tsx';
import {
  cloudWords,
  credentialWords,
  healthStates,
  rememberedFor,
  stageTones,
  stageWords,
} from './words.ts';

type Of = { readonly vault: KeyVaultWire };

export function Vault({ vault }: Of) {
  const client = useQueryClient();
  const [keeping, setKeeping] = useState(false);
  const test = useMutation({
    mutationFn: () => post(`/v1/key-vaults/${vault.id}/test`, {}, VaultTestedWire),
    onSettled: () => client.invalidateQueries({ queryKey: ['key-vaults'] }),
  });
  const id = `vault-${vault.id}`;
  const said = healthStates[vault.health.state];
  return (
    <section aria-labelledby={id} className="automation">
      <div>
        <Group gap="sm" mb={4}>
          <Title order={2} size="h4" id={id}>
            {vault.name}
          </Title>
          <State tone={said.tone}>{said.word}</State>
        </Group>
        <Text className="prose">
          {new URL(vault.url).host} in {vault.lab ? 'the lab' : cloudWords[vault.cloud]}, reached as{' '}
          {credentialWords[vault.credential]}.
        </Text>
        {test.data === undefined ? <Told vault={vault} /> : <Tested tested={test.data} />}
        {test.error === null ? null : <Refusal error={test.error} />}
        <Kept vault={vault} />
        {keeping ? <KeepSecret vault={vault} close={() => setKeeping(false)} /> : null}
      </div>
      <Stack gap="xs" className="automation-keys">
        <Button
          variant="default"
          loading={test.isPending}
          onClick={() => test.mutate()}
          aria-label={`Test: ${vault.name}`}
        >
          Test
        </Button>
        <Button
          variant="default"
          disabled={keeping}
          onClick={() => setKeeping(true)}
          aria-label={`Keep a secret here…: ${vault.name}`}
        >
          Keep a secret here…
        </Button>
      </Stack>
    </section>
  );
}

/** What is known without a new test. */
function Told({ vault }: Of) {
  const { health, warnings } = vault;
  const sentences = warnings.length === 0 ? [health.sentence ?? ''] : warnings;
  return (
    <>
      {sentences
        .filter((sentence) => sentence !== '')
        .map((sentence) => (
          <Text key={sentence} className="prose" mt={4}>
            {sentence}
          </Text>
        ))}
      <Text size="sm" c="dimmed" mt={4}>
        Secrets are {rememberedFor(vault.cacheSeconds)}
        {health.checkedAt === null ? null : (
          <>
            {' · tried '}
            <Time at={health.checkedAt} />
          </>
        )}
      </Text>
    </>
  );
}

function Tested({ tested }: { readonly tested: VaultTestedWire }) {
  return (
    <div role="status">
      <ol className="stages">
        {tested.stages.map(({ stage, state }) => (
          <li key={stage}>
            <State tone={stageTones[state]}>{stageWords[stage]}</State>
          </li>
        ))}
      </ol>
      <Text className="prose">{tested.sentence}</Text>
      {tested.warning === null ? null : <Text className="prose">{tested.warning}</Text>}
    </div>
  );
}

function Kept({ vault }: Of) {
  if (vault.keeps.length === 0) return null;
  return (
    <table className="plain kept">
      <caption>
        <Text size="sm" fw={600} component="span">
          Kept in it
        </Text>
      </caption>
      <thead>
        <tr>
          <th scope="col">The secret of</th>
          <th scope="col">is called there</th>
          <th scope="col">version</th>
        </tr>
      </thead>
      <tbody>
        {vault.keeps.map(({ connectionId, connection, secret, version }) => (
          <tr key={connectionId}>
            <td>{connection}</td>
            <td>
              <code>{secret}</code>
            </td>
            <td>{version === null ? 'the newest' : <code>{version.slice(0, 8)}…</code>}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
