// Who works at the desk and whom it serves: found by name, and acted as where that is allowed.
import { Button, Group, Stack, Text, TextInput, Title } from '@mantine/core';
import { useDebouncedCallback, useDocumentTitle } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { TextLink } from '#console/shell/link.tsx';
import { Loaded } from '#console/shell/loaded.tsx';
import { meQuery } from '#console/shell/me.ts';
import { State } from '#console/shell/state.tsx';
import { ActAs, type Whom } from './act-as.tsx';
import { Invite } from './invite.tsx';
import {
  type Agent,
  agentsQuery,
  pageSize,
  settingsQuery,
  type User,
  usersQuery,
} from './queries.ts';

const route = getRouteApi('/people');
const searchMs = 250;

export function PeoplePage() {
  useDocumentTitle('People · Sundog');
  const { find, page } = route.useSearch();
  const agents = useQuery({ ...agentsQuery(find), placeholderData: keepPreviousData });
  const users = useQuery({
    ...usersQuery(find, Number(page)),
    placeholderData: keepPreviousData,
  });
  return (
    <Loaded query={agents}>
      {(theAgents) => (
        <Loaded query={users}>
          {(theUsers) => (
            <Stack gap="xl">
              <h1 className="lead">
                {firstLine(theAgents.record_count, theUsers.record_count, find)}
              </h1>
              <Search find={find} />
              <Acting />
              <AgentTable agents={theAgents.results} />
              <UserTable users={theUsers.users} count={theUsers.record_count} page={Number(page)} />
            </Stack>
          )}
        </Loaded>
      )}
    </Loaded>
  );
}

function firstLine(agents: number, users: number, find: string): string {
  const some = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`;
  const whom = find.trim() === '' ? '' : ` whose name or address has “${find.trim()}” in it`;
  return `${some(agents, 'agent')} and ${some(users, 'user')}${whom}.`;
}

function Search({ find }: { readonly find: string }) {
  const navigate = route.useNavigate();
  const [typed, setTyped] = useState(find);
  const search = useDebouncedCallback((text: string) => {
    void navigate({ search: { find: text, page: '1' }, replace: true });
  }, searchMs);
  return (
    <TextInput
      type="search"
      aria-label="Search people"
      placeholder="Search by name or address"
      maw={360}
      value={typed}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        search(event.currentTarget.value);
      }}
    />
  );
}

/** One sentence on what the buttons of this page can do today. */
function Acting() {
  const { data } = useQuery(settingsQuery);
  const isAdmin = useIsAdmin();
  if (data === undefined) return null;
  const words = [data.agents.allowed ? 'agents' : '', data.users.allowed ? 'users' : ''];
  const allowed = words.filter((word) => word !== '').join(' and ');
  return (
    <Text c="dimmed" size="sm">
      {allowed === ''
        ? 'Acting as somebody else is switched off.'
        : `Acting as ${allowed} is allowed to those who have the right.`}{' '}
      {isAdmin ? <TextLink to="/impersonation">Change it, or see who did</TextLink> : null}
    </Text>
  );
}

function useIsAdmin(): boolean {
  const { data } = useQuery(meQuery);
  return data?.permissions.includes('admin') ?? false;
}

function Buttons({ whom, isAble }: { readonly whom: Whom; readonly isAble: boolean }) {
  const { data: settings } = useQuery(settingsQuery);
  const { data: me } = useQuery(meQuery);
  const mine = settings?.[whom.kind === 'agent' ? 'agents' : 'users'];
  const isOneself = me?.kind === whom.kind && me.id === String(whom.id);
  const isAdmin = useIsAdmin();
  return (
    <Group gap="xs" justify="flex-end" wrap="nowrap">
      {isAdmin ? <Invite whom={whom} /> : null}
      {mine?.allowed && mine.may && isAble && !isOneself ? <ActAs whom={whom} /> : null}
    </Group>
  );
}

/** A hint for the eye: whom nobody may act as is decided by the hub. */
function isAdministrator({ role_list: roles }: Agent): boolean {
  return roles?.split(', ').includes('Administrator') === true;
}

function AgentTable({ agents }: { readonly agents: readonly Agent[] }) {
  return (
    <Section title="Agents" columns={['Agent', 'Team', 'State']} isEmpty={agents.length === 0}>
      {agents.map((agent) => (
        <tr key={agent.id}>
          <Who name={agent.name} mail={agent.email} />
          <td>
            {agent.team ?? ''}
            {agent.role_list ? (
              <Text size="sm" c="dimmed">
                {agent.role_list}
              </Text>
            ) : null}
          </td>
          <td>
            <Standing isOut={agent.isdisabled === true} word="disabled" />
          </td>
          <td>
            <Buttons
              whom={{ kind: 'agent', id: agent.id, name: agent.name }}
              isAble={agent.isdisabled !== true && !isAdministrator(agent)}
            />
          </td>
        </tr>
      ))}
    </Section>
  );
}

function UserTable({
  users,
  count,
  page,
}: {
  readonly users: readonly User[];
  readonly count: number;
  readonly page: number;
}) {
  const navigate = route.useNavigate();
  const go = (to: number) =>
    void navigate({ search: (before) => ({ ...before, page: String(to) }) });
  const last = Math.max(1, Math.ceil(count / pageSize));
  return (
    <>
      <Section title="Users" columns={['User', 'Client', 'State']} isEmpty={users.length === 0}>
        {users.map((user) => (
          <tr key={user.id}>
            <Who name={user.name} mail={user.emailaddress} />
            <td>
              {user.client_name}
              <Text size="sm" c="dimmed">
                {user.site_name}
              </Text>
            </td>
            <td>
              <Standing isOut={user.inactive === true} word="inactive" />
            </td>
            <td>
              <Buttons
                whom={{ kind: 'user', id: user.id, name: user.name }}
                isAble={user.inactive !== true && user.isserviceaccount !== true}
              />
            </td>
          </tr>
        ))}
      </Section>
      {last === 1 ? null : (
        <Group justify="space-between">
          <Text size="sm" c="dimmed">
            Page {page} of {last}
          </Text>
          <Group gap="xs">
            <Button variant="default" size="xs" disabled={page <= 1} onClick={() => go(page - 1)}>
              Earlier names
            </Button>
            <Button
              variant="default"
              size="xs"
              disabled={page >= last}
              onClick={() => go(page + 1)}
            >
              Later names
            </Button>
          </Group>
        </Group>
      )}
    </>
  );
}

function Section({
  title,
  columns,
  isEmpty,
  children,
}: {
  readonly title: string;
  readonly columns: readonly string[];
  readonly isEmpty: boolean;
  readonly children: ReactNode;
}) {
  return (
    <section>
      <Title order={2} size="h4" mb="xs">
        {title}
      </Title>
      {isEmpty ? (
        <Text c="dimmed">None that fit.</Text>
      ) : (
        <table className="plain persons">
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column} scope="col">
                  {column}
                </th>
              ))}
              <th scope="col">
                <span className="aside">What you can do</span>
              </th>
            </tr>
          </thead>
          <tbody>{children}</tbody>
        </table>
      )}
    </section>
  );
}

function Who({ name, mail }: { readonly name: string; readonly mail: string | null | undefined }) {
  return (
    <td>
      {name}
      <Text size="sm" c="dimmed" className="breaks">
        {mail ?? ''}
      </Text>
    </td>
  );
}

function Standing({ isOut, word }: { readonly isOut: boolean; readonly word: string }) {
  return <State tone={isOut ? 'quiet' : 'done'}>{isOut ? word : 'active'}</State>;
}
