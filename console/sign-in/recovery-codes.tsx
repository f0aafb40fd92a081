// Recovery codes that were just made: shown this once, to be printed or kept where passwords are kept.
import { Button, CopyButton, Group, Stack, Text, Title } from '@mantine/core';
import { useEffect, useRef } from 'react';

export function RecoveryCodes({
  codes,
  close,
}: {
  readonly codes: readonly string[];
  readonly close: () => void;
}) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    place.current?.scrollIntoView({ block: 'center' });
  }, []);
  return (
    <Stack gap="md" className="panel" ref={place} role="status">
      <Title order={3} size="h4">
        Keep these recovery codes
      </Title>
      <Text>
        Each signs you in once, should you lose your phone or device. Print them, or put them where
        you keep passwords.
      </Text>
      <ol className="codes">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ol>
      <Group>
        <CopyButton value={codes.join('\n')}>
          {({ copied, copy }) => (
            <Button variant="default" onClick={copy}>
              {copied ? 'Copied' : 'Copy them'}
            </Button>
          )}
        </CopyButton>
        <Button onClick={close}>I have kept them</Button>
        <Text size="sm" c="dimmed">
          They are not shown again: the hub keeps their hashes alone.
        </Text>
      </Group>
    </Stack>
  );
}
