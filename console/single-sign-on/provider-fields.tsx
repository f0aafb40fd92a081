// What is asked of the provider: by its kind, no more than it needs; the rest is folded away.
import { Stack, Text } from '@mantine/core';
import { Choice, type Editing, Lines, TextField, Tick } from './fields.tsx';
import { addressHints, kindWords } from './words.ts';

export function ProviderFields({
  hasSecret,
  ...editing
}: Editing & { readonly hasSecret: boolean }) {
  const { draft, set } = editing;
  return (
    <>
      <Choice
        label="The provider is"
        value={draft.kind}
        words={kindWords}
        choose={(kind) => set({ kind })}
      />
      {draft.kind === 'saml' ? (
        <Saml {...editing} />
      ) : (
        <Oidc {...editing} hasSecret={hasSecret} kind={draft.kind} />
      )}
    </>
  );
}

function Oidc({
  kind,
  hasSecret,
  ...editing
}: Editing & { readonly hasSecret: boolean; readonly kind: keyof typeof addressHints }) {
  const { draft } = editing;
  const { placeholder, said } = addressHints[kind];
  const needsSecret = ['basic', 'post'].includes(draft.clientAuthentication);
  return (
    <>
      <TextField
        {...editing}
        name="url"
        label="Its address"
        description={said}
        placeholder={placeholder}
      />
      <TextField {...editing} name="clientId" label="Client id" required />
      {needsSecret ? (
        <TextField
          {...editing}
          name="clientSecret"
          type="password"
          label="Client secret"
          description={
            hasSecret
              ? 'One is kept, sealed. Leave it empty to keep that one; another address clears it.'
              : 'Its value, not its id. It is sealed, and never shown again.'
          }
        />
      ) : null}
      {kind === 'entra-multi' ? (
        <Lines
          {...editing}
          name="tenants"
          label="Tenants that may sign on"
          description="The id of one on each line. Without any, everyone is refused."
        />
      ) : null}
      {kind === 'google' ? (
        <TextField
          {...editing}
          name="domainHint"
          label="Workspace domain"
          placeholder="larkfield.example"
        />
      ) : null}
    </>
  );
}

function Saml(editing: Editing) {
  return (
    <>
      <TextField
        {...editing}
        name="metadataUrl"
        label="The address of its metadata"
        description="It is read again by itself, so that a new certificate is known in time."
        placeholder="https://id.example.org/saml/metadata"
      />
      <Lines
        {...editing}
        name="metadataXml"
        label="Or the metadata itself"
        description="Where it has no address: the whole XML, pasted. What is there already stays until another is given."
      />
      <Tick {...editing} name="signsRequests" label="The hub signs what it sends" />
      <Tick
        {...editing}
        name="wantsAssertionsEncrypted"
        label="Assertions must come encrypted"
        description="Both need a key pair of the hub’s own, which is made on this page."
      />
    </>
  );
}

const authentications = {
  basic: 'a secret in the header (client_secret_basic)',
  post: 'a secret in the body (client_secret_post)',
  'private-key-jwt': 'a key pair of its own (private_key_jwt)',
  none: 'nothing but PKCE',
} as const;

const bindings = { redirect: 'a redirect', post: 'a form that is posted' } as const;

/** What hardly anybody needs. */
export function FurtherFields(editing: Editing) {
  const { draft, set } = editing;
  return (
    <details>
      <summary>More about the provider</summary>
      <Stack gap="md" mt="md">
        {draft.kind === 'saml' ? (
          <>
            <TextField
              {...editing}
              name="entityId"
              label="Its entity id"
              description="Where the metadata holds several."
            />
            <TextField {...editing} name="nameIdFormat" label="NameID format that is asked for" />
            <Choice
              label="Requests go by"
              value={draft.requestBinding}
              words={bindings}
              choose={(requestBinding) => set({ requestBinding })}
            />
            <Tick {...editing} name="wantsAssertionsSigned" label="Assertions must be signed" />
            <Tick {...editing} name="wantsResponsesSigned" label="Responses must be signed" />
            <Tick {...editing} name="forceAuthn" label="Ask for the password each time" />
            <Tick
              {...editing}
              name="allowsIdpInitiated"
              label="The provider may begin the sign-on"
              description="Nothing then ties a response to the browser that asked for it."
            />
          </>
        ) : (
          <>
            <Choice
              label="The hub proves itself by"
              value={draft.clientAuthentication}
              words={authentications}
              choose={(clientAuthentication) => set({ clientAuthentication })}
            />
            <TextField
              {...editing}
              name="scope"
              label="Scope"
              placeholder="openid profile email"
              description="Left empty: openid profile email."
            />
            <TextField
              {...editing}
              name="prompt"
              label="Prompt"
              description="none, login, consent or select_account; left empty, the provider decides."
            />
            {draft.kind === 'google' ? null : (
              <TextField
                {...editing}
                name="domainHint"
                label="Domain hint"
                description="Leads people to their own organisation’s page at once."
              />
            )}
            {draft.kind === 'entra' ? (
              <Lines
                {...editing}
                name="tenants"
                label="Tenants that may sign on"
                description="Left empty: the one of the address."
              />
            ) : null}
            <Lines
              {...editing}
              name="requiredAcr"
              rows={2}
              label="One of these must be the acr"
              description="For a provider that says how somebody signed in there."
            />
            <TextField
              {...editing}
              name="maxAge"
              type="number"
              label="Oldest sign-in at the provider, in seconds"
            />
          </>
        )}
        <Tick
          {...editing}
          name="singleLogout"
          label="Signing out here signs out there, and the other way round"
        />
        <Tick {...editing} name="logsAttempts" label="Keep each attempt with its steps" />
        <Text size="sm" c="dimmed">
          An attempt that was refused names the check that failed, and how it is mended.
        </Text>
      </Stack>
    </details>
  );
}
