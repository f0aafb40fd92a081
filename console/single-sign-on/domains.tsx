// The mail domains whose addresses a provider may vouch for: the record to set, and whether it is there.
import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { post, remove } from '#console/api.ts';
import { Refusal } from '#console/shell/loaded.tsx';
import { State } from '#console/shell/state.tsx';
import { Copied } from './addresses.tsx';
import { type Application, Domain, domainsQuery } from './queries.ts';

export function Domains({ application }: { readonly application: Application }) {
  const client = useQueryClient();
  const { id, name } = application;
  const domains = useQuery(domainsQuery(id));
  const [domain, setDomain] = useState('');
  const act = useMutation({
    mutationFn: (work: () => Promise<unknown>) => work(),
    onSettled: () => client.invalidateQueries({ queryKey: ['sso-applications'] }),
  });
  const path = `/v1/sso-applications/${id}/domains`;
  return (
    <Stack gap="md">
      <Text className="prose" size="sm">
        An address counts only inside these domains, so that no provider speaks for somebody else’s
        people.
      </Text>
      {(domains.data?.items ?? []).map((one) => (
        <OneDomain
          key={one.id}
          domain={one}
          path={`${path}/${one.id}`}
          act={(work) => act.mutate(work)}
          busy={act.isPending}
        />
      ))}
      {act.error === null ? null : <Refusal error={act.error} />}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          act.mutate(async () => {
            await post(path, { domain }, Domain);
            setDomain('');
          });
        }}
      >
        <Group align="end" gap="sm">
          <TextInput
            label={`Another mail domain of ${name}`}
            placeholder="larkfield.example"
            required
            maxLength={253}
            spellCheck={false}
            value={domain}
            onChange={(event) => setDomain(event.currentTarget.value)}
          />
          <Button type="submit" variant="default">
            Add the domain
          </Button>
        </Group>
      </form>
    </Stack>
  );
}

function OneDomain({
  domain,
  path,
  act,
  busy,
}: {
  readonly domain: Domain;
  readonly path: string;
  readonly act: (work: () => Promise<unknown>) => void;
  readonly busy: boolean;
}) {
  const { provenBy, provenName, failure, record } = domain;
  const isProven = provenBy !== null;
  return (
    <div>
      <Group gap="sm">
        <Text fw={600}>{domain.domain}</Text>
        <State tone={isProven ? 'done' : 'waiting'}>{isProven ? 'proven' : 'not proven'}</State>
      </Group>
      <Text size="sm" c="dimmed">
        {provenBy === 'dns' ? `By its DNS record, checked by ${provenName}.` : null}
        {provenBy === 'administrator' ? `By the word of ${provenName}.` : null}
      </Text>
      {provenBy === 'administrator' ? null : (
        <>
          {failure === null ? null : (
            <Text size="sm" className="prose">
              {failure}
            </Text>
          )}
          {isProven ? null : (
            <dl className="to-copy">
              <Copied label="TXT record at" value={record.name} of={domain.domain} />
              <Copied label="that says" value={record.value} of={domain.domain} />
            </dl>
          )}
        </>
      )}
      <Group gap="sm" mt="xs">
        <Button
          size="compact-sm"
          variant="default"
          disabled={busy}
          onClick={() => act(() => post(`${path}/prove`, {}, Domain))}
          aria-label={`Check now: ${domain.domain}`}
        >
          Check now
        </Button>
        {isProven ? null : (
          <Button
            size="compact-sm"
            variant="default"
            disabled={busy}
            onClick={() => act(() => post(`${path}/vouch`, {}, Domain))}
            aria-label={`It is ours, without a record: ${domain.domain}`}
          >
            It is ours, without a record
          </Button>
        )}
        <Button
          size="compact-sm"
          variant="default"
          disabled={busy}
          onClick={() => act(() => remove(path))}
          aria-label={`Remove: ${domain.domain}`}
        >
          Remove
        </Button>
      </Group>
    </div>
  );
}
