// One audit entry in full, and, for those entitled, the way to destroy its texts.
import { Button, Code, Drawer, Group, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { post } from '#console/api.ts';
import { Loaded, Refusal } from '#console/shell/loaded.tsx';
import { meQuery } from '#console/shell/me.ts';
import { AuditWire } from '#features/audit/wire.ts';
import { auditEntryQuery } from './queries.ts';
import { deed, type Entry, who } from './words.ts';

const here = getRouteApi('/audit');

export function EntryDrawer() {
  const { entry } = here.useSearch();
  const navigate = here.useNavigate();
  const close = () => void navigate({ search: (before) => ({ ...before, entry: '' }) });
  return (
    <Drawer.Root opened={entry !== ''} onClose={close} position="right" size="lg">
      <Drawer.Overlay />
      <Drawer.Content aria-label={`Entry ${entry}`}>
        <Drawer.Body>
          <Group justify="space-between" mb="md" pt="md">
            <Text fw={600}>Entry {entry}</Text>
            <Button variant="default" size="compact-sm" onClick={close}>
              Close
            </Button>
          </Group>
          {entry === '' ? null : <Whole seq={entry} />}
        </Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}

function Whole({ seq }: { readonly seq: string }) {
  return (
    <Loaded query={useQuery(auditEntryQuery(seq))}>
      {(entry) => (
        <Stack>
          <dl className="steps">
            {factsOf(entry).map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
          <Text size="sm" c="dimmed">
            Hash of the chain here
          </Text>
          <Code block>{entry.hash.match(/.{1,32}/g)?.join('\n')}</Code>
          <Redact entry={entry} />
        </Stack>
      )}
    </Loaded>
  );
}

function factsOf(entry: Entry): readonly (readonly [string, string])[] {
  const { subject, redacted } = entry;
  const gone = redacted ? 'destroyed' : null;
  const facts: readonly (readonly [string, string | null])[] = [
    ['What', deed(entry.action)],
    ['Record', `${subject.kind} ${subject.id}${subject.name === null ? '' : `, ${subject.name}`}`],
    ['Field', entry.field],
    ['From', entry.before ?? gone],
    ['To', entry.after ?? gone],
    ['Why', entry.because ?? gone],
    ['Outcome', entry.outcome],
    ['Who', who(entry)],
    ['Address', entry.address],
    ['When', new Date(entry.at).toLocaleString()],
  ];
  return facts.flatMap(([name, value]) => (value === null ? [] : [[name, value] as const]));
}

function Redact({ entry }: { readonly entry: Entry }) {
  const { data: me } = useQuery(meQuery);
  const client = useQueryClient();
  const [because, setBecause] = useState('');
  const redact = useMutation({
    mutationFn: () => post(`/v1/audit/${entry.seq}/redact`, { because }, AuditWire),
    onSuccess: () => client.invalidateQueries({ queryKey: ['audit'] }),
  });
  const held = me?.permissions ?? [];
  const mayRedact = ['admin', 'all', 'audit:redact'].some((right) => held.includes(right));
  if (entry.redacted || !mayRedact) return null;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        redact.mutate();
      }}
    >
      <Stack>
        <TextInput
          label="Destroy what this entry quotes"
          description="From, to, why and the record's name go for good; the proof stays. Say why."
          value={because}
          onChange={(event) => setBecause(event.currentTarget.value)}
          required
          maxLength={1000}
        />
        <Group>
          <Button type="submit" color="red" loading={redact.isPending}>
            Destroy the texts
          </Button>
        </Group>
        {redact.error === null ? null : <Refusal error={redact.error} />}
      </Stack>
    </form>
  );
}
