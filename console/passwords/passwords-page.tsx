// Which records keep a password, showing one, and who had which shown.
import { Group, NativeSelect, Stack, Text, TextInput, Title } from '@mantine/core';
import { useDebouncedValue, useDocumentTitle } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Loaded } from '#console/shell/loaded.tsx';
import { Time } from '#console/shell/time.tsx';
import { PasswordField } from './password-field.tsx';
import {
  type Kind,
  kinds,
  type Protected,
  protectedQuery,
  type RevealRow,
  revealsQuery,
} from './queries.ts';

const route = getRouteApi('/passwords');
const typingMs = 250;
const options = Object.entries(kinds).map(([value, { label }]) => ({ value, label }));

export function PasswordsPage() {
  useDocumentTitle('Passwords · Sundog');
  return (
    <Loaded query={useQuery(revealsQuery)}>
      {({ record_count: count, results }) => (
        <Stack gap="xl">
          <div>
            <h1 className="lead">{firstLine(count, results)}</h1>
            <Text c="dimmed" mt="xs" className="prose">
              Each time a password is shown, that is recorded with your name before you see it.
            </Text>
          </div>
          <Find />
          <section>
            <Title order={2} size="h4" mb="xs">
              Shown lately
            </Title>
            {results.length === 0 ? (
              <Text c="dimmed">Nothing yet.</Text>
            ) : (
              <Reveals reveals={results} />
            )}
          </section>
        </Stack>
      )}
    </Loaded>
  );
}

function firstLine(count: number, [last]: readonly RevealRow[]): string {
  if (last === undefined) return 'No password has been shown to anybody.';
  const what = `${last.field_name} of ${last.object_name}`;
  if (count === 1) return `A password was shown once, to ${last.who}: ${what}.`;
  return `Passwords were shown ${count} times, the last time to ${last.who}: ${what}.`;
}

function Find() {
  const { of, find } = route.useSearch();
  const navigate = route.useNavigate();
  const [settled] = useDebouncedValue(find, typingMs);
  const query = useQuery(protectedQuery(of, settled));
  function turnTo(next: { readonly of?: Kind; readonly find?: string }): void {
    const search = (old: object) => ({ ...old, ...next });
    void navigate({ search, replace: true, resetScroll: false });
  }
  return (
    <section>
      <Title order={2} size="h4" mb="xs">
        Show a password
      </Title>
      <Group gap="sm" align="end" mb="md">
        <NativeSelect
          label="Of"
          data={options}
          value={of}
          onChange={({ currentTarget: { value } }) => {
            const kind = options.find((option) => option.value === value);
            if (kind !== undefined) turnTo({ of: kindOf(value) });
          }}
        />
        <TextInput
          label="Find"
          placeholder="a name, a number"
          value={find}
          onChange={({ currentTarget: { value } }) => turnTo({ find: value })}
        />
      </Group>
      <Loaded query={query}>
        {(found) =>
          found.length === 0 ? (
            <Text c="dimmed">
              None of these keeps a password. A custom field with input type “password” lets them.
            </Text>
          ) : (
            <Fields fields={found} />
          )
        }
      </Loaded>
    </section>
  );
}

function kindOf(value: string): Kind {
  switch (value) {
    case 'ticket':
    case 'client':
    case 'site':
    case 'asset':
      return value;
    default:
      return 'user';
  }
}

function Fields({ fields }: { readonly fields: readonly Protected[] }) {
  return (
    <table className="plain passwords">
      <thead>
        <tr>
          <th scope="col">Whose</th>
          <th scope="col">Field</th>
          <th scope="col">Password</th>
        </tr>
      </thead>
      <tbody>
        {fields.map((one) => (
          <tr key={`${one.record.id}/${one.field.id}`}>
            <td>{one.record.name}</td>
            <td>{one.field.name}</td>
            <td>
              <PasswordField of={one} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Reveals({ reveals }: { readonly reveals: readonly RevealRow[] }) {
  return (
    <table className="plain passwords">
      <thead>
        <tr>
          <th scope="col">To whom</th>
          <th scope="col">What</th>
          <th scope="col">When</th>
        </tr>
      </thead>
      <tbody>
        {reveals.map((one) => (
          <tr key={one.id}>
            <td>{one.who}</td>
            <td>
              {one.field_name} of {one.object_name}
            </td>
            <td>
              <Time at={`${one.date}Z`} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
