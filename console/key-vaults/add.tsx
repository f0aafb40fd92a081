// Makes a key vault known to the hub: where it is, and who the hub is to it.
import {
  Button,
  Group,
  NativeSelect,
  Stack,
  Text,
  Textarea,
  TextInput,
  Title,
} from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ChangeEvent, useState } from 'react';
import { post } from '#console/api.ts';
import { Refusal } from '#console/shell/loaded.tsx';
import {
  type VaultCloudName,
  type VaultCredential,
  vaultCloudNames,
  vaultCredentials,
} from '#domain/vault.ts';
import { KeyVaultWire } from '#features/key-vaults/wire.ts';
import { cloudWords, credentialWords } from './words.ts';

type Given = {
  readonly name: string;
  readonly url: string;
  readonly cloud: VaultCloudName;
  readonly credential: VaultCredential;
  readonly managedIdentityId: string;
  readonly tenantId: string;
  readonly applicationId: string;
  readonly clientSecret: string;
  readonly certificate: string;
};

const nothing: Given = {
  name: '',
  url: '',
  cloud: 'public',
  credential: 'managed-identity',
  managedIdentityId: '',
  tenantId: '',
  applicationId: '',
  clientSecret: '',
  certificate: '',
};

/** What belongs to the chosen way of signing in; what was typed for another stays behind. */
function bodyOf(given: Given) {
  const { name, url, cloud, credential } = given;
  const text = (value: string) => (value.trim() === '' ? null : value.trim());
  const common = { name, url: url.trim(), cloud, credential };
  if (credential === 'managed-identity' || credential === 'app-service') {
    return { ...common, managedIdentityId: text(given.managedIdentityId) };
  }
  const application = {
    ...common,
    tenantId: text(given.tenantId),
    applicationId: text(given.applicationId),
  };
  return credential === 'client-secret'
    ? { ...application, clientSecret: text(given.clientSecret) }
    : { ...application, certificate: text(given.certificate) };
}

export function AddVault({ close }: { readonly close: () => void }) {
  const client = useQueryClient();
  const [given, setGiven] = useState(nothing);
  const add = useMutation({
    mutationFn: () => post('/v1/key-vaults', bodyOf(given), KeyVaultWire),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['key-vaults'] });
      close();
    },
  });
  const field = (name: keyof Given) => ({
    value: given[name],
    onChange: (event: ChangeEvent<HTMLInputElement | HTMLTextAreaElement>) => {
      const { value } = event.currentTarget;
      setGiven((before) => ({ ...before, [name]: value }));
    },
  });
  return (
    <form
      aria-labelledby="add-vault"
      onSubmit={(event) => {
        event.preventDefault();
        add.mutate();
      }}
    >
      <Stack gap="md" className="narrow">
        <Title order={2} size="h4" id="add-vault">
          Another key vault
        </Title>
        <TextInput label="Name" required maxLength={250} autoFocus {...field('name')} />
        <TextInput
          label="Address"
          required
          placeholder="https://NAME.vault.azure.net"
          maxLength={500}
          spellCheck={false}
          {...field('url')}
        />
        <Choice
          label="Cloud"
          value={given.cloud}
          values={vaultCloudNames}
          words={cloudWords}
          choose={(cloud) => setGiven((before) => ({ ...before, cloud }))}
        />
        <Choice
          label="The hub signs in as"
          value={given.credential}
          values={vaultCredentials}
          words={credentialWords}
          choose={(credential) => setGiven((before) => ({ ...before, credential }))}
        />
        <Proof credential={given.credential} field={field} />
        <Text size="sm" className="prose">
          Give that identity the role Key Vault Secrets User on a vault that holds nothing but what
          the hub needs. The hub only reads.
        </Text>
        {add.error === null ? null : <Refusal error={add.error} />}
        <Group gap="sm">
          <Button variant="default" onClick={close}>
            Back
          </Button>
          <Button type="submit" loading={add.isPending}>
            Add the key vault
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Choice<T extends string>({
  label,
  value,
  values,
  words,
  choose,
}: {
  readonly label: string;
  readonly value: T;
  readonly values: readonly T[];
  readonly words: Readonly<Record<T, string>>;
  readonly choose: (value: T) => void;
}) {
  return (
    <NativeSelect
      label={label}
      value={value}
      data={values.map((one) => ({ value: one, label: words[one] }))}
      onChange={(event) => {
        const found = values.find((one) => one === event.currentTarget.value);
        if (found !== undefined) choose(found);
      }}
    />
  );
}

type Field = (name: keyof Given) => {
  readonly value: string;
  readonly onChange: (event: ChangeEvent<HTMLInputElement | HTMLTextAreaElement>) => void;
};

function Proof({
  credential,
  field,
}: {
  readonly credential: VaultCredential;
  readonly field: Field;
}) {
  if (credential === 'managed-identity' || credential === 'app-service') {
    return (
      <TextInput
        label="Client id of a user-assigned identity"
        description="Leave it empty for the system-assigned one."
        spellCheck={false}
        {...field('managedIdentityId')}
      />
    );
  }
  return (
    <>
      <TextInput
        label="Application (client) id"
        required
        spellCheck={false}
        {...field('applicationId')}
      />
      <TextInput
        label="Tenant"
        description="Leave it empty to take the vault’s own."
        spellCheck={false}
        {...field('tenantId')}
      />
      {credential === 'client-secret' ? (
        <TextInput
          label="Client secret"
          description="Its value, not its id. It is sealed, and never shown again."
          type="password"
          required
          autoComplete="off"
          {...field('clientSecret')}
        />
      ) : (
        <Textarea
          label="Certificate and private key"
          description="Both in PEM, the key without a passphrase. They are sealed, and never shown again."
          required
          rows={6}
          spellCheck={false}
          autoComplete="off"
          {...field('certificate')}
        />
      )}
    </>
  );
}
