// A link that was just made: shown this once, because nobody keeps its key.
import { Button, CopyButton, Group, Stack, Text, Title } from '@mantine/core';

export type MadeLink = {
  readonly name: string;
  readonly sentence: string;
  readonly link: string;
};

export function Made({
  links,
  close,
}: {
  readonly links: readonly MadeLink[];
  readonly close: () => void;
}) {
  return (
    <Stack gap="lg" className="panel">
      {links.map(({ name, sentence, link }) => (
        <section key={name} aria-label={name}>
          <Title order={2} size="h4">
            {name}
          </Title>
          <Text className="prose" mb="xs">
            {sentence}
          </Text>
          <Text ff="monospace" size="sm" className="made-link">
            {link}
          </Text>
          <CopyButton value={link}>
            {({ copied, copy }) => (
              <Button
                mt="sm"
                variant="default"
                onClick={copy}
                aria-label={`${copied ? 'Copied' : 'Copy the link'}: ${name}`}
              >
                {copied ? 'Copied' : 'Copy the link'}
              </Button>
            )}
          </CopyButton>
        </section>
      ))}
      <Group>
        <Button onClick={close}>Done</Button>
        <Text size="sm" c="dimmed">
          It is not shown again: its key is in the link and kept nowhere.
        </Text>
      </Group>
    </Stack>
  );
}
