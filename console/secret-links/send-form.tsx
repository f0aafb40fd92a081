// The form that sends a secret: encrypted here, before it goes anywhere.
import {
  Button,
  Checkbox,
  FileInput,
  Group,
  NumberInput,
  PasswordInput,
  Progress,
  Stack,
  Text,
  Textarea,
  TextInput,
} from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { z } from 'zod';
import { Refusal } from '#console/shell/loaded.tsx';
import type { LinkRulesWire } from '#features/secret-links/wire.ts';
import { Lasting } from './lasting.tsx';
import type { MadeLink } from './made.tsx';
import { sendSecret } from './make.ts';

type Rules = z.infer<typeof LinkRulesWire>;

export function SendForm({
  rules,
  made,
  close,
}: {
  readonly rules: Rules;
  readonly made: (links: readonly MadeLink[]) => void;
  readonly close: () => void;
}) {
  const [text, setText] = useState('');
  const [file, setFile] = useState<File | null>(null);
  const [label, setLabel] = useState('');
  const [passphrase, setPassphrase] = useState('');
  const [reveals, setReveals] = useState(1);
  const [hours, setHours] = useState(rules.hours);
  const [tellMe, setTellMe] = useState(true);
  const [share, setShare] = useState(0);
  const megabytes = Math.floor(rules.fileBytesMax / (1024 * 1024));
  const send = useMutation({
    mutationFn: () => {
      const common = { label, hours, tellMe, passphrase, reveals };
      return sendSecret({ ...common, text, file, partBytes: rules.partBytes }, setShare);
    },
    onSuccess: ({ link }) =>
      made([
        {
          name: 'Your secret link',
          sentence:
            passphrase === ''
              ? 'Send it to whoever shall read the secret. Whoever has the link can read it.'
              : 'Send it to whoever shall read the secret, and the passphrase by another way.',
          link,
        },
      ]),
    gcTime: 0,
  });
  const problem = problemOf({ text, file, passphrase, rules });
  return (
    <form
      className="panel"
      onSubmit={(event) => {
        event.preventDefault();
        if (problem === undefined) send.mutate();
      }}
    >
      <Stack>
        <Textarea
          label="Secret"
          description="It is encrypted in this browser; Sundog cannot read it."
          autosize
          minRows={3}
          maxRows={12}
          maxLength={rules.textMax}
          autoComplete="off"
          spellCheck={false}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          data-autofocus
        />
        <FileInput
          label="or a file"
          description={`Up to ${megabytes} MB; name and contents are encrypted too.`}
          placeholder="Choose a file"
          clearable
          clearButtonProps={{ 'aria-label': 'Take the file away' }}
          value={file}
          onChange={setFile}
        />
        <TextInput
          label="What it is, for your own list"
          description="Not encrypted: no secret belongs here."
          placeholder="The VPN password for Owen Pryce"
          maxLength={200}
          value={label}
          onChange={(event) => setLabel(event.currentTarget.value)}
        />
        <Group grow align="start">
          <PasswordInput
            label="Passphrase, if you like"
            description={`At least ${rules.passphraseMin} characters.`}
            autoComplete="new-password"
            visibilityToggleButtonProps={{ 'aria-label': 'Show what is typed' }}
            value={passphrase}
            onChange={(event) => setPassphrase(event.currentTarget.value)}
          />
          <NumberInput
            label="Can be shown"
            description="times, and is then destroyed."
            min={1}
            max={rules.revealsMax}
            allowDecimal={false}
            value={reveals}
            onChange={(value) => setReveals(Number(value) || 1)}
          />
          <Lasting hours={hours} setHours={setHours} hoursMax={rules.hoursMax} />
        </Group>
        <Checkbox
          label="Tell me by mail when it is read"
          checked={tellMe}
          onChange={(event) => setTellMe(event.currentTarget.checked)}
        />
        {send.error === null ? null : <Refusal error={send.error} />}
        {send.isPending && file !== null ? (
          <Progress value={share * 100} aria-label="Sent" />
        ) : null}
        <Group>
          <Button type="submit" loading={send.isPending} disabled={problem !== undefined}>
            Make the link
          </Button>
          <Button variant="default" onClick={close}>
            Leave it
          </Button>
          <Text size="sm" c="dimmed">
            {problem ?? ''}
          </Text>
        </Group>
      </Stack>
    </form>
  );
}

function problemOf(given: {
  readonly text: string;
  readonly file: File | null;
  readonly passphrase: string;
  readonly rules: Rules;
}): string | undefined {
  const { text, file, passphrase, rules } = given;
  if (text === '' && file === null) return 'Type a secret or choose a file.';
  if (text !== '' && file !== null) return 'A text or a file, not both.';
  if (file !== null && file.size === 0) return 'The file is empty.';
  if (file !== null && file.size > rules.fileBytesMax) return 'The file is too large.';
  const short = passphrase !== '' && [...passphrase].length < rules.passphraseMin;
  return short ? `The passphrase needs ${rules.passphraseMin} characters or more.` : undefined;
}
