// Who acted as whom, why and until when; one under way can be ended here.
import { Button, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { z } from 'zod';
import { post } from '#console/api.ts';
import { Refusal } from '#console/shell/loaded.tsx';
import { State } from '#console/shell/state.tsx';
import { Time } from '#console/shell/time.tsx';
import type { ImpersonationsWire } from '#features/impersonation/wire.ts';

type Items = z.infer<typeof ImpersonationsWire>['items'];

export function History({ items, isWhom }: { readonly items: Items; readonly isWhom?: boolean }) {
  return (
    <table className="plain persons">
      <thead>
        <tr>
          <th scope="col">Who</th>
          <th scope="col">Began</th>
          <th scope="col">State</th>
          <th scope="col">
            <span className="aside">What you can do</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {items.map((item) => (
          <tr key={item.id}>
            <td>
              {item.by.name}
              {isWhom === true ? ` acted as ${item.target.name}` : ' acted as you'}
              <Text size="sm" c="dimmed" className="breaks">
                {item.reason}
              </Text>
            </td>
            <td>
              <Time at={item.startedAt} />
            </td>
            <td>
              {item.endedAt === null ? (
                <State tone="running">under way</State>
              ) : (
                <State tone="quiet">ended</State>
              )}
              <Text size="sm" c="dimmed">
                {item.endedBecause ?? ''}
              </Text>
            </td>
            <td>{item.endedAt === null ? <End id={item.id} name={item.by.name} /> : null}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function End({ id, name }: { readonly id: number; readonly name: string }) {
  const client = useQueryClient();
  const end = useMutation({
    mutationFn: () => post(`/v1/impersonations/${id}/end`, {}, z.unknown()),
    onSettled: () => client.invalidateQueries({ queryKey: ['impersonation'] }),
  });
  return (
    <>
      <Button
        size="compact-sm"
        variant="default"
        loading={end.isPending}
        onClick={() => end.mutate()}
        aria-label={`End it: ${name} stops at once`}
      >
        End it
      </Button>
      {end.error === null ? null : <Refusal error={end.error} />}
    </>
  );
}
