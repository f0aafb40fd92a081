// The frame around every page: the product's name, five places to go, who is signed in, and Ctrl-K.
import {
  AppShell,
  Burger,
  Button,
  Group,
  NavLink,
  Text,
  useComputedColorScheme,
  useMantineColorScheme,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Link, useRouterState } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { me } from '#console/api.ts';
import { Finder, openFinder } from './finder.tsx';
import { TextLink } from './link.tsx';
import { Shortcuts } from './shortcuts.tsx';

const places = [
  { to: '/', label: 'Overview' },
  { to: '/automations', label: 'Automations' },
  { to: '/plans', label: 'Plans' },
  { to: '/runs', label: 'Runs' },
] as const;

export function Shell({ children }: { readonly children: ReactNode }) {
  const [opened, menu] = useDisclosure(false);
  const path = useRouterState({ select: (state) => state.location.pathname });
  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: 200, breakpoint: 'sm', collapsed: { mobile: !opened } }}
      padding="xl"
    >
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger
              opened={opened}
              onClick={menu.toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label="Menu"
            />
            <img src="/favicon.svg" alt="" width={22} height={22} />
            <TextLink to="/" c="inherit" fw={600} underline="never">
              Sundog
            </TextLink>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <Button variant="default" size="compact-sm" onClick={openFinder}>
              Find&nbsp;<kbd>Ctrl K</kbd>
            </Button>
            <ColourSwitch />
            <WhoAmI />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="sm" aria-label="Places">
        {places.map(({ to, label }) => (
          <NavLink
            key={to}
            component={Link}
            to={to}
            label={label}
            active={to === '/' ? path === '/' : path.startsWith(to)}
            onClick={menu.close}
          />
        ))}
      </AppShell.Navbar>
      <AppShell.Main>
        <div className="page">{children}</div>
      </AppShell.Main>
      <Finder />
      <Shortcuts />
    </AppShell>
  );
}

function ColourSwitch() {
  const { setColorScheme } = useMantineColorScheme();
  const other = useComputedColorScheme('light') === 'dark' ? 'light' : 'dark';
  return (
    <Button variant="default" size="compact-sm" onClick={() => setColorScheme(other)}>
      {other === 'dark' ? 'Dark' : 'Light'}
    </Button>
  );
}

function WhoAmI() {
  const { data } = useQuery({ queryKey: ['me'], queryFn: me, staleTime: 60_000 });
  if (data === undefined) return null;
  return (
    <Group gap="xs" wrap="nowrap">
      <Text size="sm" visibleFrom="sm">
        {data.name}
      </Text>
      <Button component="a" href="/auth/logout" variant="subtle" size="compact-sm">
        Sign out
      </Button>
    </Group>
  );
}
