// A change of one's own sign-in: asked for with the password, so that nobody else at this screen makes it.
import {
  Button,
  type ButtonProps,
  Group,
  PasswordInput,
  Stack,
  Text,
  TextInput,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Dialog } from '#console/shell/dialog.tsx';
import { Refusal } from '#console/shell/loaded.tsx';

export type Proven = { readonly password: string; readonly name: string };

export function WithPassword({
  words,
  title,
  label,
  children,
  named,
  act,
  done,
  ...button
}: ButtonProps & {
  /** On the button that opens it, and on the one that does it. */
  readonly words: string;
  readonly title: string;
  /** Where several buttons say the same: of which one. */
  readonly label?: string;
  readonly children: ReactNode;
  /** Asks for a name too, and offers this one. */
  readonly named?: string;
  readonly act: (given: Proven) => Promise<unknown>;
  readonly done?: () => void;
}) {
  const client = useQueryClient();
  const [opened, { open, close }] = useDisclosure(false);
  const [password, setPassword] = useState('');
  const [name, setName] = useState(named ?? '');
  const acting = useMutation({
    mutationFn: () => act({ password, name: name.trim() }),
    onSuccess: () => {
      shut();
      done?.();
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['second-factors'] }),
  });
  function shut() {
    close();
    setPassword('');
    setName(named ?? '');
    acting.reset();
  }
  return (
    <>
      <Button
        size="xs"
        variant="default"
        {...button}
        onClick={open}
        {...(label === undefined ? {} : { 'aria-label': label })}
      >
        {words}…
      </Button>
      <Dialog opened={opened} close={shut} title={title}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            acting.mutate();
          }}
        >
          <Stack>
            <Text>{children}</Text>
            {named === undefined ? null : (
              <TextInput
                label="Name"
                description="To tell your passkeys apart: the device, say."
                value={name}
                onChange={(event) => setName(event.currentTarget.value)}
                maxLength={80}
                required
                withAsterisk={false}
              />
            )}
            <PasswordInput
              label="Your password"
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
              autoComplete="current-password"
              maxLength={1024}
              required
              withAsterisk={false}
              data-autofocus
            />
            {acting.error === null ? null : <Refusal error={acting.error} />}
            <Group justify="flex-end">
              <Button variant="default" onClick={shut}>
                Back
              </Button>
              <Button
                type="submit"
                loading={acting.isPending}
                disabled={password === '' || (named !== undefined && name.trim() === '')}
                {...(button.color === undefined ? {} : { color: button.color })}
              >
                {words}
              </Button>
            </Group>
          </Stack>
        </form>
      </Dialog>
    </>
  );
}
