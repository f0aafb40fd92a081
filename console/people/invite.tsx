// A first password for somebody who has none yet: made, shown once, handed over.
import { Button, CopyButton, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation } from '@tanstack/react-query';
import { z } from 'zod';
import { post } from '#console/api.ts';
import { Dialog } from '#console/shell/dialog.tsx';
import { Refusal } from '#console/shell/loaded.tsx';
import type { Whom } from './act-as.tsx';

const Invited = z.object({ login: z.string(), password: z.string() });

export function Invite({ whom }: { readonly whom: Whom }) {
  const [opened, { open, close }] = useDisclosure(false);
  const invite = useMutation({
    mutationFn: () => post(`/v1/${whom.kind}s/${whom.id}/invite`, {}, Invited),
    // Nothing keeps it but this page, and that until it is closed.
    gcTime: 0,
  });
  function forget(): void {
    close();
    invite.reset();
  }
  return (
    <>
      <Button
        size="compact-sm"
        variant="default"
        onClick={open}
        aria-label={`First password of ${whom.name}…`}
      >
        First password…
      </Button>
      <Dialog opened={opened} close={forget} title={`The first password of ${whom.name}`}>
        <Stack>
          {invite.data === undefined ? (
            <>
              <Text>
                With it {whom.name} signs in once and chooses a password of their own. Who has done
                so already keeps theirs.
              </Text>
              {invite.error === null ? null : <Refusal error={invite.error} />}
              <Button onClick={() => invite.mutate()} loading={invite.isPending} data-autofocus>
                Make a first password
              </Button>
            </>
          ) : (
            <>
              <Text ff="monospace" size="xl" className="password">
                {invite.data.password}
              </Text>
              <Text size="sm" c="dimmed">
                It is shown this once. They sign in as {invite.data.login}.
              </Text>
              <CopyButton value={invite.data.password}>
                {({ copied, copy }) => (
                  <Button onClick={copy}>{copied ? 'Copied' : 'Copy the password'}</Button>
                )}
              </CopyButton>
            </>
          )}
        </Stack>
      </Dialog>
    </>
  );
}
