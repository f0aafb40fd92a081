// A secret or key that was just made: shown this once, because only its hash is kept.
import { Button, CopyButton, Group, Stack, Text, Title } from '@mantine/core';
import { useEffect, useRef } from 'react';

export type Told = {
  readonly title: string;
  readonly values: readonly { readonly name: string; readonly value: string }[];
};

export function Once({ told, close }: { readonly told: Told; readonly close: () => void }) {
  const place = useRef<HTMLDivElement>(null);
  // It may stand far above the button that made it.
  useEffect(() => {
    place.current?.scrollIntoView({ block: 'center' });
  }, []);
  return (
    <Stack gap="lg" className="panel" ref={place} role="status">
      <Title order={2} size="h4">
        {told.title}
      </Title>
      {told.values.map(({ name, value }) => (
        <div key={name}>
          <Text size="sm" fw={600}>
            {name}
          </Text>
          <Text ff="monospace" size="sm" className="made-link">
            {value}
          </Text>
          <CopyButton value={value}>
            {({ copied, copy }) => (
              <Button
                mt="xs"
                size="compact-sm"
                variant="default"
                onClick={copy}
                aria-label={`${copied ? 'Copied' : 'Copy'}: ${name}`}
              >
                {copied ? 'Copied' : 'Copy'}
              </Button>
            )}
          </CopyButton>
        </div>
      ))}
      <Group>
        <Button onClick={close}>Done</Button>
        <Text size="sm" c="dimmed">
          It is not shown again: the hub keeps its hash alone.
        </Text>
      </Group>
    </Stack>
  );
}
