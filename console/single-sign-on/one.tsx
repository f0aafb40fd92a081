// One application for single sign-on: its state, what stands in the way, what its provider is given, its domains.
import { Anchor, Button, Group, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { patch, post, remove } from '#console/api.ts';
import { DeleteDialog } from '#console/shell/delete-dialog.tsx';
import { Refusal } from '#console/shell/loaded.tsx';
import { State } from '#console/shell/state.tsx';
import { Time } from '#console/shell/time.tsx';
import { SsoApplicationWire } from '#features/sso/applications/answers.ts';
import { ToCopy } from './addresses.tsx';
import { Domains } from './domains.tsx';
import type { Application } from './queries.ts';
import { attemptWords, kindOf, kindWords, stateOf, whoMay } from './words.ts';

type Of = { readonly application: Application };

export function OneApplication({ application, edit }: Of & { readonly edit: () => void }) {
  const client = useQueryClient();
  const [deleting, setDeleting] = useState(false);
  const { id, name, active, warnings, addresses } = application;
  const path = `/v1/sso-applications/${id}`;
  const act = useMutation({
    mutationFn: (work: () => Promise<unknown>) => work(),
    onSettled: () => client.invalidateQueries({ queryKey: ['sso-applications'] }),
  });
  const state = stateOf(application);
  const key = (label: string, onClick: () => void) => (
    <Button variant="default" onClick={onClick} aria-label={`${label}: ${name}`}>
      {label}
    </Button>
  );
  return (
    <section aria-labelledby={`sso-${id}`} className="automation">
      <div>
        <Group gap="sm" mb={4}>
          <Title order={2} size="h4" id={`sso-${id}`}>
            {name}
          </Title>
          <State tone={state.tone}>{state.word}</State>
        </Group>
        <Text className="prose">
          {kindWords[kindOf(application)]}, for {whoMay(application)}.
        </Text>
        {warnings.length === 0 ? null : (
          <ul className="does">
            {warnings.map((warning) => (
              <li key={warning}>{warning}</li>
            ))}
          </ul>
        )}
        <LastAttempt application={application} />
        {act.error === null ? null : <Refusal error={act.error} />}
        <details className="folded">
          <summary>What the provider is given</summary>
          <ToCopy application={application} />
        </details>
        <details className="folded">
          <summary>Mail domains: {application.provenDomains.join(', ') || 'none proven'}</summary>
          <Domains application={application} />
        </details>
      </div>
      <Stack gap="xs" className="automation-keys">
        <Button
          component="a"
          href={new URL(addresses.test).pathname}
          variant="default"
          aria-label={`Test sign-in: ${name}`}
        >
          Test sign-in
        </Button>
        {key('Edit…', edit)}
        {key(active ? 'Switch off' : 'Switch on', () =>
          act.mutate(() => patch(path, { active: !active }, SsoApplicationWire)),
        )}
        {key(application.certificate === null ? 'Make a key pair' : 'Make another key pair', () =>
          act.mutate(() => post(`${path}/key`, {}, SsoApplicationWire)),
        )}
        {application.confirmedBy === null && hasAddress(application)
          ? key('It is on our own network', () =>
              act.mutate(() => post(`${path}/confirm`, {}, SsoApplicationWire)),
            )
          : null}
        {key('Delete…', () => setDeleting(true))}
      </Stack>
      <DeleteDialog
        name={name}
        opened={deleting}
        close={() => setDeleting(false)}
        work={() => {
          act.mutate(() => remove(path));
          setDeleting(false);
        }}
      >
        <Text>
          Whoever signed in by it is signed out at once, and the links between its people and ours
          are forgotten. Passwords of this hub go on working.
        </Text>
      </DeleteDialog>
    </section>
  );
}

function hasAddress({ protocol, oidc, saml }: Application): boolean {
  return (protocol === 'saml' ? saml.metadataUrl : oidc.url) !== null;
}

function LastAttempt({ application: { id, lastAttempt, confirmedBy } }: Of) {
  return (
    <Text size="sm" c="dimmed" mt={4}>
      {lastAttempt === null ? (
        'Nobody has tried it yet'
      ) : (
        <>
          The last attempt {attemptWords[lastAttempt.status] ?? lastAttempt.status},{' '}
          <Time at={lastAttempt.at} />
          {' · '}
          <Anchor href={`/sign-in-attempts?application=${id}`} size="sm" underline="always">
            every attempt
          </Anchor>
        </>
      )}
      {confirmedBy === null ? null : ` · on a private network by the word of ${confirmedBy}`}
    </Text>
  );
}
