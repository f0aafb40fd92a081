// The frame around every page: the product's name, the places to go, who is signed in, and Ctrl-K.
import {
  AppShell,
  Burger,
  Button,
  Group,
  Kbd,
  NavLink,
  Stack,
  Text,
  useComputedColorScheme,
  useMantineColorScheme,
} from '@mantine/core';
import { useDisclosure, useHotkeys } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Link, useRouterState } from '@tanstack/react-router';
import { lazy, type ReactNode, Suspense, useState } from 'react';
import type { Me } from '#console/api.ts';
import { UserPage } from '#console/people/user-page.tsx';
import { Acting, actingHeight } from './acting.tsx';
import { TextLink } from './link.tsx';
import { Waiting } from './loaded.tsx';
import { meQuery } from './me.ts';
import { type Place, places, placesOfUsers } from './places.ts';
import { Shortcuts } from './shortcuts.tsx';

const Finder = lazy(async () => ({ default: (await import('./finder.tsx')).Finder }));

const barHeight = 56;

export function Shell({ children }: { readonly children: ReactNode }) {
  const [opened, menu] = useDisclosure(false);
  // The finder is fetched when it is first asked for; each further asking opens it again.
  const [asked, setAsked] = useState(0);
  const find = () => setAsked((before) => before + 1);
  const { data: me, isPending } = useQuery(meQuery);
  const isUser = me?.kind === 'user';
  const acting = me?.actor === undefined ? { base: 0, sm: 0 } : actingHeight;
  useHotkeys([['mod+K', () => isUser || find()]], []);
  return (
    <AppShell
      header={{ height: { base: barHeight + acting.base, sm: barHeight + acting.sm } }}
      navbar={{ width: 208, breakpoint: 'sm', collapsed: { mobile: !opened } }}
      padding={{ base: 'md', sm: 'xl' }}
    >
      <a className="skip" href="#content">
        Skip to the content
      </a>
      <AppShell.Header withBorder={false}>
        {me === undefined ? null : <Acting me={me} />}
        <Group h={barHeight} px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger
              opened={opened}
              onClick={menu.toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label="Menu"
            />
            <img src="/favicon.svg" alt="" width={24} height={24} />
            <TextLink to="/" c="inherit" fw={600} underline="never">
              Sundog
            </TextLink>
          </Group>
          {isUser ? null : (
            <Button variant="default" size="xs" fw={400} onClick={find}>
              Find
              <Kbd size="xs" ml="xs" visibleFrom="sm">
                Ctrl K
              </Kbd>
            </Button>
          )}
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="sm" withBorder={false} aria-label="Places">
        <Stack justify="space-between" h="100%">
          <Places list={listOf(me)} close={menu.close} />
          <Account me={me} close={menu.close} />
        </Stack>
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        <div className="page">
          {isPending ? <Waiting /> : isUser ? <PageOfUser>{children}</PageOfUser> : children}
        </div>
      </AppShell.Main>
      {asked === 0 ? null : (
        <Suspense>
          <Finder asked={asked} />
        </Suspense>
      )}
      {isUser ? null : <Shortcuts />}
    </AppShell>
  );
}

/** Who acts as a user does not see where that one is signed in. */
function listOf(me: Me | undefined): readonly Place[] {
  if (me?.kind !== 'user') return places;
  return me.actor === undefined ? placesOfUsers : placesOfUsers.slice(0, 1);
}

/** A user has two pages; every other address is the first of them. */
function PageOfUser({ children }: { readonly children: ReactNode }) {
  const path = useRouterState({ select: (state) => state.location.pathname });
  return path === '/account' ? children : <UserPage />;
}

function Places({ list, close }: { readonly list: readonly Place[]; readonly close: () => void }) {
  const path = useRouterState({ select: (state) => state.location.pathname });
  return (
    <div>
      {list.map(({ to, label }) => {
        const here = to === '/' ? path === '/' : path.startsWith(to);
        return (
          <NavLink
            key={to}
            component={Link}
            to={to}
            label={label}
            active={here}
            className="place"
            onClick={close}
          />
        );
      })}
    </div>
  );
}

function Account({ me, close }: { readonly me: Me | undefined; readonly close: () => void }) {
  const { setColorScheme } = useMantineColorScheme();
  const other = useComputedColorScheme('light') === 'dark' ? 'light' : 'dark';
  return (
    <div>
      {me === undefined || me.actor !== undefined ? (
        <Text size="sm" c="dimmed" px="sm" pb="xs">
          {me?.name ?? '\u00a0'}
        </Text>
      ) : (
        <NavLink
          component={Link}
          to="/account"
          label={me.name}
          title="Your sign-in: password, second factors, sessions"
          className="place"
          onClick={close}
        />
      )}
      <NavLink
        component="button"
        label={other === 'dark' ? 'Dark colours' : 'Light colours'}
        onClick={() => setColorScheme(other)}
      />
      <NavLink component="a" href="/auth/logout" label="Sign out" />
    </div>
  );
}
