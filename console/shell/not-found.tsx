// An address that leads nowhere, and the way back.
import { Text, Title } from '@mantine/core';
import { TextLink } from './link.tsx';

export function NotFound() {
  return (
    <>
      <Title order={1} size="h3">
        There is no such page
      </Title>
      <Text mt="sm">
        Begin at the <TextLink to="/">overview</TextLink>.
      </Text>
    </>
  );
}
