// An address that leads nowhere, and the way back.
import { Stack, Text } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { TextLink } from './link.tsx';

export function NotFound() {
  useDocumentTitle('No such page · Sundog');
  return (
    <Stack>
      <h1 className="lead">There is no page at this address.</h1>
      <Text>
        Begin at the <TextLink to="/">overview</TextLink>, or press Ctrl K to find what you meant.
      </Text>
    </Stack>
  );
}
