// The audit trail: how the chain stands, what was done by whom, and one entry in full.
import { Alert, Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { TextLink } from '#console/shell/link.tsx';
import { Loaded } from '#console/shell/loaded.tsx';
import { State } from '#console/shell/state.tsx';
import { Time } from '#console/shell/time.tsx';
import { EntryDrawer } from './entry-drawer.tsx';
import { auditQuery, auditStateQuery } from './queries.ts';
import { deed, type Entry, firstLine, outcomes, who } from './words.ts';

const here = getRouteApi('/audit');

export function AuditPage() {
  useDocumentTitle('Audit · Sundog');
  const search = here.useSearch();
  return (
    <Stack gap="xl">
      <Standing />
      <Filters key={`${search.find} ${search.kind}`} />
      <Loaded query={useQuery(auditQuery(search))}>
        {({ items, next }) => (
          <>
            {items.length === 0 ? (
              <Text c="dimmed">No entry fits.</Text>
            ) : (
              <Entries entries={items} />
            )}
            <Pages next={next} />
          </>
        )}
      </Loaded>
      <EntryDrawer />
    </Stack>
  );
}

function Standing() {
  return (
    <Loaded query={useQuery(auditStateQuery)}>
      {(state) => (
        <Stack gap="xs">
          <h1 className="lead">{firstLine(state)}</h1>
          {state.stalled ? (
            <Alert
              color="red"
              variant="outline"
              title="Reveals and resets are refused"
              role="alert"
            >
              The hub&apos;s log says why; the chain goes on by itself once the cause is mended.
            </Alert>
          ) : null}
          <Text c="dimmed">
            {state.checkpoint === null ? (
              'No checkpoint was signed yet; one is, every five minutes.'
            ) : (
              <>
                Signed to entry {state.checkpoint.seq.toLocaleString('en')},{' '}
                <Time at={state.checkpoint.at} />.
              </>
            )}
          </Text>
        </Stack>
      )}
    </Loaded>
  );
}

function Filters() {
  const { find, kind } = here.useSearch();
  const navigate = here.useNavigate();
  const [wanted, setWanted] = useState({ find, kind });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void navigate({ search: { find: wanted.find, kind: wanted.kind, below: '', entry: '' } });
  };
  return (
    <form onSubmit={submit}>
      <Group align="end">
        <TextInput
          label="Words"
          description="In names, fields, from and to"
          value={wanted.find}
          onChange={(event) => setWanted({ ...wanted, find: event.currentTarget.value })}
        />
        <TextInput
          label="Kind of record"
          description="user, ticket, connection, plan"
          value={wanted.kind}
          onChange={(event) => setWanted({ ...wanted, kind: event.currentTarget.value })}
        />
        <Button type="submit" variant="default">
          Show
        </Button>
      </Group>
    </form>
  );
}

function Entries({ entries }: { readonly entries: readonly Entry[] }) {
  return (
    <table className="plain stacked">
      <thead>
        <tr>
          <th scope="col">What</th>
          <th scope="col">Who</th>
          <th scope="col">Outcome</th>
          <th scope="col">When</th>
        </tr>
      </thead>
      <tbody>
        {entries.map((entry) => (
          <tr key={entry.seq}>
            <td>
              <TextLink
                to="/audit"
                search={(before) => ({ ...before, entry: String(entry.seq) })}
                underline="hover"
              >
                {deed(entry.action)}
              </TextLink>
              <Text size="sm" c="dimmed">
                {about(entry)}
              </Text>
            </td>
            <td>{who(entry)}</td>
            <td>
              <State tone={outcomes[entry.outcome]?.tone ?? 'quiet'}>
                {outcomes[entry.outcome]?.word ?? entry.outcome}
              </State>
            </td>
            <td>
              <Time at={entry.at} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function about({ subject, field, redacted }: Entry): string {
  const name = redacted ? 'texts destroyed' : (subject.name ?? '');
  const record = `${subject.kind} ${name === '' ? subject.id : name}`;
  return field === null ? record : `${record}: ${field}`;
}

function Pages({ next }: { readonly next: string | null }) {
  const { below } = here.useSearch();
  return (
    <Group>
      {below === '' ? null : (
        <TextLink to="/audit" search={(before) => ({ ...before, below: '' })}>
          Newest
        </TextLink>
      )}
      {next === null ? null : (
        <TextLink to="/audit" search={(before) => ({ ...before, below: next })}>
          Older
        </TextLink>
      )}
    </Group>
  );
}
