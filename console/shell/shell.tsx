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
import { me } from '#console/api.ts';
import { TextLink } from './link.tsx';
import { places } from './places.ts';
import { Shortcuts } from './shortcuts.tsx';

const Finder = lazy(async () => ({ default: (await import('./finder.tsx')).Finder }));

export function Shell({ children }: { readonly children: ReactNode }) {
  const [opened, menu] = useDisclosure(false);
  // The finder is fetched when it is first asked for; each further asking opens it again.
  const [asked, setAsked] = useState(0);
  const find = () => setAsked((before) => before + 1);
  useHotkeys([['mod+K', find]], []);
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 208, breakpoint: 'sm', collapsed: { mobile: !opened } }}
      padding={{ base: 'md', sm: 'xl' }}
    >
      <a className="skip" href="#content">
        Skip to the content
      </a>
      <AppShell.Header withBorder={false}>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
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
          <Button variant="default" size="xs" fw={400} onClick={find}>
            Find
            <Kbd size="xs" ml="xs" visibleFrom="sm">
              Ctrl K
            </Kbd>
          </Button>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="sm" withBorder={false} aria-label="Places">
        <Stack justify="space-between" h="100%">
          <Places close={menu.close} />
          <Account />
        </Stack>
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        <div className="page">{children}</div>
      </AppShell.Main>
      {asked === 0 ? null : (
        <Suspense>
          <Finder asked={asked} />
        </Suspense>
      )}
      <Shortcuts />
    </AppShell>
  );
}

function Places({ close }: { readonly close: () => void }) {
  const path = useRouterState({ select: (state) => state.location.pathname });
  return (
    <div>
      {places.map(({ to, label }) => {
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

function Account() {
  const { data } = useQuery({ queryKey: ['me'], queryFn: me, staleTime: 60_000 });
  const { setColorScheme } = useMantineColorScheme();
  const other = useComputedColorScheme('light') === 'dark' ? 'light' : 'dark';
  return (
    <div>
      <Text size="sm" c="dimmed" px="sm" pb="xs">
        {data?.name ?? '\u00a0'}
      </Text>
      <NavLink
        component="button"
        label={other === 'dark' ? 'Dark colours' : 'Light colours'}
        onClick={() => setColorScheme(other)}
      />
      <NavLink component="a" href="/auth/logout" label="Sign out" />
    </div>
  );
}
