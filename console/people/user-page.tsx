// What a user of the desk sees: their own tickets, and nothing that would only be refused.
import { Stack, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Loaded } from '#console/shell/loaded.tsx';
import { meQuery } from '#console/shell/me.ts';
import { State } from '#console/shell/state.tsx';
import { Time } from '#console/shell/time.tsx';
import { ownTicketsQuery } from './queries.ts';

export function UserPage() {
  useDocumentTitle('Your tickets · Sundog');
  const { data: me } = useQuery(meQuery);
  return (
    <Loaded query={useQuery(ownTicketsQuery)}>
      {({ tickets, record_count: count }) => (
        <Stack gap="xl">
          <h1 className="lead">
            {firstLine(tickets.filter(({ hasbeenclosed }) => hasbeenclosed !== true).length, count)}
          </h1>
          {count === 0 ? (
            <Text c="dimmed">
              Your service desk makes a ticket when you write or call. It then stands here.
            </Text>
          ) : (
            <section>
              <Title order={2} size="h4" mb="xs">
                Your tickets
              </Title>
              <Tickets tickets={tickets} />
            </section>
          )}
          <Text c="dimmed" size="sm">
            You are signed in as {me?.email ?? me?.name}.
          </Text>
        </Stack>
      )}
    </Loaded>
  );
}

function firstLine(open: number, count: number): string {
  if (count === 0) return 'You have no tickets.';
  if (open === 0) return 'Nothing is open: your service desk has closed all of your tickets.';
  return open === 1 ? '1 of your tickets is open.' : `${open} of your tickets are open.`;
}

type Ticket = {
  readonly id: number;
  readonly summary: string;
  readonly status_name?: string | null | undefined;
  readonly hasbeenclosed?: boolean | null | undefined;
  readonly last_update?: string | null | undefined;
};

function Tickets({ tickets }: { readonly tickets: readonly Ticket[] }) {
  return (
    <table className="plain stacked">
      <thead>
        <tr>
          <th scope="col">Ticket</th>
          <th scope="col">State</th>
          <th scope="col">Last change</th>
        </tr>
      </thead>
      <tbody>
        {tickets.map((ticket) => (
          <tr key={ticket.id}>
            <td>
              {ticket.summary}
              <Text size="sm" c="dimmed">
                number {ticket.id}
              </Text>
            </td>
            <td>
              <State tone={ticket.hasbeenclosed === true ? 'done' : 'waiting'}>
                {ticket.status_name ?? ''}
              </State>
            </td>
            <td>{ticket.last_update ? <Time at={`${ticket.last_update}Z`} /> : null}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
