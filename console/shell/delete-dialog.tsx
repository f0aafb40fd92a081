// Deletes what does not come back: what goes with it and what stays is said first, and its name typed.
import { Button, Group, Stack, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Dialog } from './dialog.tsx';
import { Refusal } from './loaded.tsx';

type Deleting = {
  readonly name: string;
  readonly close: () => void;
  /** Where it gives a promise, the dialog waits for it, and says why it was refused. */
  readonly work: () => unknown;
  /** What is said first. */
  readonly children: ReactNode;
  readonly keys?: { readonly back?: string; readonly act?: string };
};

export function DeleteDialog({ opened, ...deleting }: Deleting & { readonly opened: boolean }) {
  const { name, close } = deleting;
  return (
    <Dialog opened={opened} close={close} title={`Delete ${name}?`}>
      <Question {...deleting} />
    </Dialog>
  );
}

/** Apart from the dialog, for what was typed ends with it: each time begins anew. */
function Question({ name, close, work, children, keys }: Deleting) {
  const [typed, setTyped] = useState('');
  const act = useMutation({ mutationFn: async () => work() });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        act.mutate();
      }}
    >
      <Stack gap="md">
        {children}
        <TextInput
          label={`Type ${name} to go on`}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          autoComplete="off"
          spellCheck={false}
          data-autofocus
        />
        {act.error === null ? null : <Refusal error={act.error} />}
        <Group gap="sm">
          <Button variant="default" onClick={close}>
            {keys?.back ?? 'Back'}
          </Button>
          <Button
            type="submit"
            color="red"
            loading={act.isPending}
            disabled={typed.trim() !== name.trim()}
          >
            {keys?.act ?? `Delete ${name}`}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
