// Deletes a directory sync: what goes with it and what stays is said first, and its name typed.
import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { remove } from '#console/api.ts';
import { Dialog } from '#console/shell/dialog.tsx';
import { Refusal } from '#console/shell/loaded.tsx';
import { type Sync, syncsKey } from './queries.ts';

export function DeleteSync({ sync }: { readonly sync: Sync }) {
  const [opened, setOpened] = useState(false);
  const { name } = sync.settings;
  return (
    <>
      <Button variant="default" onClick={() => setOpened(true)}>
        Delete the sync…
      </Button>
      <Dialog opened={opened} close={() => setOpened(false)} title={`Delete ${name}?`}>
        <Question sync={sync} close={() => setOpened(false)} />
      </Dialog>
    </>
  );
}

function Question({ sync, close }: { readonly sync: Sync; readonly close: () => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [typed, setTyped] = useState('');
  const { name } = sync.settings;
  const desk = sync.deskConnectionId === null ? 'this desk' : 'the other desk';
  const work = useMutation({
    mutationFn: () => remove(`/v1/directory-syncs/${sync.id}`),
    onSuccess: async () => {
      await navigate({ to: '/directory-syncs' });
      client.removeQueries({ queryKey: [...syncsKey, sync.id] });
      await client.invalidateQueries();
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        work.mutate();
      }}
    >
      <Stack gap="md">
        <div>
          <Text fw={600}>What stays</Text>
          <ul className="does">
            <li>everybody it brought, as they now are in {desk}</li>
            <li>the connection {sync.connection}, and the directory itself</li>
            <li>the audit trail</li>
          </ul>
          <Text fw={600}>What goes for good</Text>
          <ul className="does">
            <li>its settings, its plans and its history: no run of it can be undone any more</li>
            <li>who is who: another sync has to find its people in the desk anew</li>
            <li>what was decided on disputes</li>
          </ul>
          <Text>
            To automations they are then people of the desk like any others: accounts of theirs in
            that directory may be created, disabled and enabled.
          </Text>
        </div>
        <TextInput
          label={`Type ${name} to go on`}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          autoComplete="off"
          spellCheck={false}
          data-autofocus
        />
        {work.error === null ? null : <Refusal error={work.error} />}
        <Group gap="sm">
          <Button variant="default" onClick={close}>
            Back
          </Button>
          <Button
            type="submit"
            color="red"
            loading={work.isPending}
            disabled={typed.trim() !== name.trim()}
          >
            Delete it for good
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
