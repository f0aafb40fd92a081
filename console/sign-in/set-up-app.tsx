// Setting up an app that shows codes: scanned as a QR code or typed, and proven by its first code.
import { Button, Group, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { encode } from 'uqr';
import { post } from '#console/api.ts';
import { Refusal } from '#console/shell/loaded.tsx';
import { RecoveryCodesWire } from '#features/sign-in/wire.ts';
import { factorsPath } from './queries.ts';

export type NewApp = { readonly link: string; readonly letters: string };

export function SetUpApp({
  app,
  close,
  made,
}: {
  readonly app: NewApp;
  readonly close: () => void;
  readonly made: (codes: readonly string[]) => void;
}) {
  const client = useQueryClient();
  const place = useRef<HTMLFormElement>(null);
  const [code, setCode] = useState('');
  const confirm = useMutation({
    mutationFn: () => post(`${factorsPath}/app/confirm`, { code }, RecoveryCodesWire),
    onSuccess: ({ recoveryCodes }) => made(recoveryCodes),
    onSettled: () => client.invalidateQueries({ queryKey: ['second-factors'] }),
  });
  useEffect(() => {
    place.current?.scrollIntoView({ block: 'center' });
  }, []);
  return (
    <form
      className="panel"
      ref={place}
      aria-label="Set up the app"
      onSubmit={(event) => {
        event.preventDefault();
        confirm.mutate();
      }}
    >
      <Stack gap="md">
        <Title order={3} size="h4">
          Scan this with your app
        </Title>
        <Text>
          Microsoft Authenticator, Google Authenticator, 2FAS or any other app that shows codes.
        </Text>
        <QrCode text={app.link} />
        <Text size="sm">
          Or type these letters:{' '}
          <span className="letters">{app.letters.match(/.{1,4}/g)?.join(' ')}</span>
        </Text>
        <TextInput
          label="The code the app shows"
          value={code}
          onChange={(event) => setCode(event.currentTarget.value)}
          inputMode="numeric"
          autoComplete="one-time-code"
          maxLength={10}
          maw={240}
          required
          withAsterisk={false}
        />
        {confirm.error === null ? null : <Refusal error={confirm.error} />}
        <Group>
          <Button type="submit" loading={confirm.isPending} disabled={code.trim() === ''}>
            Set up the app
          </Button>
          <Button variant="default" onClick={close}>
            Back
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** Dark on white in whichever colours the page is: cameras want it so. */
function QrCode({ text }: { readonly text: string }) {
  const { size, squares } = useMemo(() => {
    const { size, data } = encode(text, { border: 2 });
    const dark = data.flatMap((row, y) =>
      row.flatMap((is, x) => (is ? [`M${x} ${y}h1v1h-1z`] : [])),
    );
    return { size, squares: dark.join('') };
  }, [text]);
  return (
    <svg
      viewBox={`0 0 ${size} ${size}`}
      width={200}
      height={200}
      role="img"
      aria-label="The QR code for your app"
      shapeRendering="crispEdges"
    >
      <rect width={size} height={size} fill="#fff" />
      <path d={squares} fill="#000" />
    </svg>
  );
}
