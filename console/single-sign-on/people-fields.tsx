// Who may come in by an application, and how the hub knows who they are.
import { Fieldset, NativeSelect, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Choice, type Editing, Lines, TextField, Tick } from './fields.tsx';
import { sitesQuery } from './queries.ts';

const claims = {
  email: 'the e-mail address (email)',
  'preferred-username': 'the user name (preferred_username)',
  upn: 'the user principal name (upn)',
  oid: 'the object id of Entra (oid)',
  subject: 'the subject (sub, or the NameID)',
  custom: 'another claim',
} as const;

const fields = {
  email: 'the e-mail address, within the proven domains',
  login: 'the login name',
  'employee-id': 'the employee number',
  none: 'nothing: people link themselves',
} as const;

export function PeopleFields(editing: Editing) {
  const { draft, set } = editing;
  return (
    <Fieldset legend="Who they are" variant="unstyled" className="sign-on-group">
      <Stack gap="md">
        <Tick {...editing} name="agents" label="Agents may sign on" />
        <Tick {...editing} name="users" label="Users may sign on" />
        <Choice
          label="The first time, the hub compares"
          value={draft.idAttribute}
          words={claims}
          choose={(idAttribute) => set({ idAttribute })}
        />
        {draft.idAttribute === 'custom' ? (
          <TextField {...editing} name="customIdAttribute" label="The claim’s name" required />
        ) : null}
        <Choice
          label="with, of an agent or user"
          value={draft.field}
          words={fields}
          choose={(field) => set({ field })}
          description="From then on they are known by the provider’s own lasting id."
        />
        <Lines
          {...editing}
          name="claimRules"
          label="Claims that must be there"
          description="One on each line: a claim, or a claim and a value as in groups = service desk."
        />
        <Tick
          {...editing}
          name="provisions"
          label="Who is not known becomes a user"
          description="Agents are never made this way."
        />
        {draft.provisions ? <NewUsers {...editing} /> : null}
        <Tick
          {...editing}
          name="updatesProfile"
          label="Names and telephone numbers follow the provider at each sign-on"
        />
      </Stack>
    </Fieldset>
  );
}

function NewUsers(editing: Editing) {
  const { draft, set } = editing;
  const sites = useQuery(sitesQuery);
  const known = (sites.data ?? []).map(({ id, name }) => ({
    value: String(id),
    label: `${name ?? 'Site'} (${id})`,
  }));
  const isKnown =
    draft.defaultSite === '' || known.some(({ value }) => value === draft.defaultSite);
  return (
    <>
      <NativeSelect
        label="Their site"
        value={draft.defaultSite}
        onChange={(event) => set({ defaultSite: event.currentTarget.value })}
        data={[
          { value: '', label: 'None' },
          ...(isKnown ? [] : [{ value: draft.defaultSite, label: `Site ${draft.defaultSite}` }]),
          ...known,
        ]}
      />
      <Tick {...editing} name="byDomain" label="The domain of their address finds the site first" />
    </>
  );
}
