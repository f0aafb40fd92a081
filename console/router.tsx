// Every page's address and what its query may hold; the URL holds everything a reader has chosen.
import {
  createRootRoute,
  createRoute,
  createRouter,
  Outlet,
  stripSearchParams,
} from '@tanstack/react-router';
import { z } from 'zod';
import { AutomationsPage } from './automation/automations-page.tsx';
import { OverviewPage } from './automation/overview-page.tsx';
import { PlanPage } from './automation/plan-page.tsx';
import { PlansPage } from './automation/plans-page.tsx';
import { RunPage } from './automation/run-page.tsx';
import { RunsPage } from './automation/runs-page.tsx';
import { NotFound } from './shell/not-found.tsx';
import { Shell } from './shell/shell.tsx';

const PlanSearch = z.object({
  person: z.string().default('').catch(''),
  find: z.string().default('').catch(''),
});

const rootRoute = createRootRoute({
  component: () => (
    <Shell>
      <Outlet />
    </Shell>
  ),
  notFoundComponent: NotFound,
});

const overview = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  component: OverviewPage,
});
const automations = createRoute({
  getParentRoute: () => rootRoute,
  path: '/automations',
  component: AutomationsPage,
});
const plans = createRoute({
  getParentRoute: () => rootRoute,
  path: '/plans',
  component: PlansPage,
});
const planRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/plans/$planId',
  validateSearch: PlanSearch,
  search: { middlewares: [stripSearchParams({ person: '', find: '' })] },
  component: PlanPage,
});
const runs = createRoute({ getParentRoute: () => rootRoute, path: '/runs', component: RunsPage });
const runRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/runs/$runId',
  component: RunPage,
});

export const router = createRouter({
  routeTree: rootRoute.addChildren([overview, automations, plans, planRoute, runs, runRoute]),
  defaultPreload: 'intent',
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
