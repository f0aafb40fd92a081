// Tries the directory and shows some of the people of each place, as the settings stand now; nothing is saved.
import { Button, Group, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { z } from 'zod';
import { get, post } from '#console/api.ts';
import { Refusal } from '#console/shell/loaded.tsx';
import { State } from '#console/shell/state.tsx';
import { PreviewWire, type Sync, TriedWire } from './queries.ts';
import { nameOfDn } from './words.ts';

export function Look({
  sync,
  first,
  last,
}: {
  readonly sync: Sync;
  /** Other things to do with its settings, in the same row. */
  readonly first: ReactNode;
  readonly last: ReactNode;
}) {
  const path = `/v1/directory-syncs/${sync.id}`;
  const test = useMutation({ mutationFn: () => post(`${path}/test`, {}, TriedWire) });
  const preview = useMutation({ mutationFn: () => get(`${path}/preview`, PreviewWire) });
  const error = test.error ?? preview.error;
  return (
    <>
      <Group gap="sm" mt="md">
        {first}
        <Button variant="default" loading={test.isPending} onClick={() => test.mutate()}>
          Test
        </Button>
        <Button
          variant="default"
          loading={preview.isPending}
          disabled={sync.settings.places.length === 0}
          onClick={() => preview.mutate()}
        >
          Preview
        </Button>
        {last}
      </Group>
      <div aria-live="polite">
        {error === null ? null : <Refusal error={error} />}
        {test.data === undefined ? null : (
          <Text className="prose" mt="sm">
            <State tone={test.data.ok ? 'done' : 'failed'}>
              {test.data.ok ? 'works' : `fails at ${test.data.stage ?? 'something'}`}
            </State>{' '}
            {test.data.sentence}
          </Text>
        )}
        {preview.data?.places.map((place) => (
          <Seen
            key={place.placeId}
            seen={place}
            dn={sync.settings.places.find(({ id }) => id === place.placeId)?.dn ?? ''}
          />
        ))}
      </div>
    </>
  );
}

type Seen = z.output<typeof PreviewWire>['places'][number];

function Seen({ seen, dn }: { readonly seen: Seen; readonly dn: string }) {
  return (
    <table className="plain previewed">
      <caption>
        <Text size="sm" fw={600} component="span">
          {nameOfDn(dn)}:{' '}
          {seen.people.length === 0 ? 'nobody is seen' : `${seen.people.length} seen`}
        </Text>
        {seen.cut === null ? null : (
          <Text size="sm" c="dimmed" component="span">
            {' '}
            {seen.cut}
          </Text>
        )}
      </caption>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Mail</th>
          <th scope="col">Title</th>
          <th scope="col">Account</th>
        </tr>
      </thead>
      <tbody>
        {seen.people.map(({ id, dn: own, enabled, attributes }) => (
          <tr key={id}>
            <td title={own}>{textOf(attributes, 'cn') || nameOfDn(own)}</td>
            <td className="breaks">{textOf(attributes, 'mail')}</td>
            <td>{textOf(attributes, 'title')}</td>
            <td>
              <State tone={enabled ? 'done' : 'quiet'}>{enabled ? 'enabled' : 'disabled'}</State>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Directories spell the names of attributes as they please. */
function textOf(attributes: Seen['people'][number]['attributes'], name: string): string {
  const found = Object.entries(attributes).find(([one]) => one.toLowerCase() === name);
  return found?.[1].join(', ') ?? '';
}
