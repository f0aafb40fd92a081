// The form that asks somebody outside for a secret.
import { Button, Checkbox, Group, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { z } from 'zod';
import { Refusal } from '#console/shell/loaded.tsx';
import type { LinkRulesWire } from '#features/secret-links/wire.ts';
import { Lasting } from './lasting.tsx';
import type { MadeLink } from './made.tsx';
import { askForSecret } from './make.ts';

export function AskForm({
  rules,
  made,
  close,
}: {
  readonly rules: z.infer<typeof LinkRulesWire>;
  readonly made: (links: readonly MadeLink[]) => void;
  readonly close: () => void;
}) {
  const [label, setLabel] = useState('');
  const [hours, setHours] = useState(rules.hours);
  const [tellMe, setTellMe] = useState(true);
  const ask = useMutation({
    mutationFn: () => askForSecret({ label, hours, tellMe }),
    onSuccess: ({ give, read }) =>
      made([
        {
          name: 'The link to send',
          sentence: 'Send it to the person who has the secret. They type it or choose a file.',
          link: give,
        },
        {
          name: 'Your own link',
          sentence: 'Keep it: with this link alone you read the answer, once.',
          link: read,
        },
      ]),
    gcTime: 0,
  });
  return (
    <form
      className="panel"
      onSubmit={(event) => {
        event.preventDefault();
        ask.mutate();
      }}
    >
      <Stack>
        <Text className="prose">
          You get two links: one to send out, and one to keep. What is typed there is encrypted in
          that person’s browser, for your own link alone.
        </Text>
        <TextInput
          label="What you ask for, for your own list"
          placeholder="The portal password of Kestrel Glass"
          maxLength={200}
          value={label}
          onChange={(event) => setLabel(event.currentTarget.value)}
          data-autofocus
        />
        <Group align="start">
          <Lasting hours={hours} setHours={setHours} hoursMax={rules.hoursMax} />
        </Group>
        <Checkbox
          label="Tell me by mail when it is answered"
          checked={tellMe}
          onChange={(event) => setTellMe(event.currentTarget.checked)}
        />
        {ask.error === null ? null : <Refusal error={ask.error} />}
        <Group>
          <Button type="submit" loading={ask.isPending}>
            Make both links
          </Button>
          <Button variant="default" onClick={close}>
            Leave it
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
