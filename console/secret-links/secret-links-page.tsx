// Secrets on their way: what waits, what became of the rest, and the two forms that make new ones.
import { Button, Group, Stack, Text } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { post } from '#console/api.ts';
import { Loaded, Refusal } from '#console/shell/loaded.tsx';
import { State } from '#console/shell/state.tsx';
import { Time } from '#console/shell/time.tsx';
import { SecretLinkWire } from '#features/secret-links/wire.ts';
import { AskForm } from './ask-form.tsx';
import { Made, type MadeLink } from './made.tsx';
import { linkRulesQuery, secretLinksQuery } from './queries.ts';
import { SendForm } from './send-form.tsx';
import { firstLine, isOpen, linkStatesSaid, timeOf } from './states.ts';

const here = getRouteApi('/secret-links');

export function SecretLinksPage() {
  useDocumentTitle('Secret links · Sundog');
  return (
    <Loaded query={useQuery(secretLinksQuery)}>
      {({ items }) => (
        <Stack gap={36}>
          <h1 className="lead">{firstLine(items)}</h1>
          <Making />
          {items.length === 0 ? (
            <Text c="dimmed" className="prose">
              A secret link hands a password, a key or a file to one person, once, and then destroys
              it. What is typed is encrypted in this browser.
            </Text>
          ) : (
            <Links links={items} />
          )}
        </Stack>
      )}
    </Loaded>
  );
}

function Making() {
  const { make } = here.useSearch();
  const navigate = here.useNavigate();
  const client = useQueryClient();
  const [links, setLinks] = useState<readonly MadeLink[]>([]);
  const show = (next: '' | 'send' | 'ask') => navigate({ search: { make: next } });
  const made = async (shown: readonly MadeLink[]) => {
    setLinks(shown);
    await client.invalidateQueries({ queryKey: ['secret-links'] });
  };
  if (links.length > 0) {
    const close = () => {
      setLinks([]);
      void show('');
    };
    return <Made links={links} close={close} />;
  }
  if (make === '') {
    return (
      <Group>
        <Button onClick={() => void show('send')}>Send a secret</Button>
        <Button variant="default" onClick={() => void show('ask')}>
          Ask for a secret
        </Button>
      </Group>
    );
  }
  return <Form make={make} made={made} close={() => void show('')} />;
}

function Form({
  make,
  ...rest
}: {
  readonly make: 'send' | 'ask';
  readonly made: (links: readonly MadeLink[]) => Promise<void>;
  readonly close: () => void;
}) {
  const made = (links: readonly MadeLink[]) => void rest.made(links);
  return (
    <Loaded query={useQuery(linkRulesQuery)}>
      {(rules) =>
        make === 'send' ? (
          <SendForm rules={rules} made={made} close={rest.close} />
        ) : (
          <AskForm rules={rules} made={made} close={rest.close} />
        )
      }
    </Loaded>
  );
}

function Links({ links }: { readonly links: readonly SecretLinkWire[] }) {
  return (
    <table className="plain stacked">
      <thead>
        <tr>
          <th scope="col">Secret</th>
          <th scope="col">State</th>
          <th scope="col">When</th>
          <th scope="col">
            <span className="skip">Burn</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {links.map((link) => (
          <Row key={link.id} link={link} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ link }: { readonly link: SecretLinkWire }) {
  const said = linkStatesSaid[link.state];
  const { word, at } = timeOf(link);
  return (
    <tr>
      <td>
        {link.label}
        <Text size="sm" c="dimmed">
          {about(link)}
        </Text>
      </td>
      <td>
        <State tone={said.tone}>{said.word}</State>
      </td>
      <td>
        {word} <Time at={at} />
      </td>
      <td>{isOpen(link) ? <Burn link={link} /> : null}</td>
    </tr>
  );
}

function about(link: SecretLinkWire): string {
  const wrong = link.wrongPassphrases;
  return [
    link.kind === 'request' ? 'asked for' : link.isFile ? 'a file' : 'a text',
    `by ${link.sender.name}`,
    ...(link.hasPassphrase ? ['with a passphrase'] : []),
    ...(wrong === 0 ? [] : [`${wrong} wrong ${wrong === 1 ? 'passphrase' : 'passphrases'}`]),
    ...(link.revealsMax === 1 ? [] : [`${link.revealsLeft} of ${link.revealsMax} times left`]),
    ...(link.ticketId === null ? [] : [`for ticket ${link.ticketId}`]),
  ].join(' · ');
}

function Burn({ link }: { readonly link: SecretLinkWire }) {
  const client = useQueryClient();
  const [sure, setSure] = useState(false);
  const burn = useMutation({
    mutationFn: () => post(`/v1/secret-links/${link.id}/burn`, {}, SecretLinkWire),
    onSuccess: () => client.invalidateQueries({ queryKey: ['secret-links'] }),
  });
  const label = sure ? `Yes, burn it: ${link.label}` : `Burn: ${link.label}`;
  return (
    <>
      <Button
        size="compact-sm"
        variant={sure ? 'filled' : 'default'}
        color="red.9"
        loading={burn.isPending}
        onClick={() => (sure ? burn.mutate() : setSure(true))}
        onBlur={() => setSure(false)}
        aria-label={label}
      >
        {sure ? 'Yes, burn it' : 'Burn'}
      </Button>
      {burn.error === null ? null : <Refusal error={burn.error} />}
    </>
  );
}
