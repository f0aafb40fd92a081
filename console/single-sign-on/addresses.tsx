// What is entered at the provider: the hub's addresses with one application, and its certificate, to copy.
import { Button, CopyButton, Group, Text } from '@mantine/core';
import type { Application } from './queries.ts';

const ofOidc = {
  redirectUri: 'Redirect URI',
  backchannelLogout: 'Back-channel logout',
  frontchannelLogout: 'Front-channel logout',
  postLogout: 'After signing out',
} as const;

const ofSaml = {
  metadata: 'Metadata, and entity id',
  acs: 'Assertion consumer service (ACS)',
  singleLogout: 'Single logout',
} as const;

export function ToCopy({ application }: { readonly application: Application }) {
  const { addresses, certificate, name } = application;
  const words: Partial<Record<keyof Application['addresses'], string>> =
    application.protocol === 'saml' ? ofSaml : ofOidc;
  const rows = Object.entries(addresses).flatMap(([key, value]) => {
    const label = Object.entries(words).find(([word]) => word === key)?.[1];
    return label === undefined ? [] : [{ label, value }];
  });
  return (
    <dl className="to-copy">
      {rows.map(({ label, value }) => (
        <Copied key={label} label={label} value={value} of={name} />
      ))}
      {certificate === null ? null : (
        <Copied
          label="Its certificate"
          value={certificate.pem}
          shown={`SHA-256 ${certificate.fingerprint.slice(0, 23)}…, until ${certificate.until.slice(0, 10)}`}
          of={name}
        />
      )}
    </dl>
  );
}

export function Copied({
  label,
  value,
  shown = value,
  of,
}: {
  readonly label: string;
  readonly value: string;
  readonly shown?: string;
  readonly of: string;
}) {
  return (
    <div>
      <dt>
        <Text size="sm" c="dimmed" component="span">
          {label}
        </Text>
      </dt>
      <dd>
        <Group gap="sm" wrap="nowrap" justify="space-between">
          <code>{shown}</code>
          <CopyButton value={value}>
            {({ copied, copy }) => (
              <Button
                size="compact-sm"
                variant="default"
                onClick={copy}
                className="to-copy-key"
                aria-label={`${copied ? 'Copied' : 'Copy'}: ${label} of ${of}`}
              >
                {copied ? 'Copied' : 'Copy'}
              </Button>
            )}
          </CopyButton>
        </Group>
      </dd>
    </div>
  );
}
