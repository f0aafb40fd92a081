// A page that broke: its sentence, and a way on, instead of an empty window.
import { Button, Group, Stack } from '@mantine/core';
import type { ErrorComponentProps } from '@tanstack/react-router';
import { Refusal } from './loaded.tsx';

export function Failed({ error, reset }: ErrorComponentProps) {
  const shown = error instanceof Error ? error : new Error(String(error));
  return (
    <Stack>
      <h1 className="lead">This page broke.</h1>
      <Refusal error={shown} />
      <Group>
        <Button variant="default" onClick={reset}>
          Show the page again
        </Button>
      </Group>
    </Stack>
  );
}
