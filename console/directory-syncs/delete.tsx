// Deletes a directory sync, and says what goes with it and what stays.
import { Button, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { remove } from '#console/api.ts';
import { DeleteDialog } from '#console/shell/delete-dialog.tsx';
import { type Sync, syncsKey } from './queries.ts';

export function DeleteSync({ sync }: { readonly sync: Sync }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [opened, setOpened] = useState(false);
  const desk = sync.deskConnectionId === null ? 'this desk' : 'the other desk';
  const work = async () => {
    await remove(`/v1/directory-syncs/${sync.id}`);
    await navigate({ to: '/directory-syncs' });
    client.removeQueries({ queryKey: [...syncsKey, sync.id] });
    await client.invalidateQueries();
  };
  return (
    <>
      <Button variant="default" onClick={() => setOpened(true)}>
        Delete the sync…
      </Button>
      <DeleteDialog
        name={sync.settings.name}
        opened={opened}
        close={() => setOpened(false)}
        work={work}
        keys={{ act: 'Delete it for good' }}
      >
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
      </DeleteDialog>
    </>
  );
}
