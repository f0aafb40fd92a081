// Every page's address and what its query may hold; the URL holds everything a reader has chosen.
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
  stripSearchParams,
} from '@tanstack/react-router';
import { z } from 'zod';
import { OverviewPage } from './automation/overview-page.tsx';
import { Failed } from './shell/failed.tsx';
import { Waiting } from './shell/loaded.tsx';
import { NotFound } from './shell/not-found.tsx';
import { Shell } from './shell/shell.tsx';

const PlanSearch = z.object({
  person: z.string().default('').catch(''),
  find: z.string().default('').catch(''),
  decide: z.enum(['', 'approve', 'reject']).default('').catch(''),
});

const PeopleSearch = z.object({
  find: z.string().default('').catch(''),
  page: z
    .string()
    .regex(/^[1-9]\d{0,5}$/)
    .default('1')
    .catch('1'),
});
const AuditSearch = z.object({
  find: z.string().default('').catch(''),
  kind: z.string().default('').catch(''),
  below: z.string().regex(/^\d*$/).default('').catch(''),
  entry: z.string().regex(/^\d*$/).default('').catch(''),
});
const SecretLinkSearch = z.object({ make: z.enum(['', 'send', 'ask']).default('').catch('') });

const PasswordSearch = z.object({
  of: z.enum(['ticket', 'client', 'site', 'asset', 'user']).default('user').catch('user'),
  find: z.string().default('').catch(''),
});

const SyncSearch = z.object({ below: z.uuid().or(z.literal('')).default('').catch('') });
const AttemptSearch = z.object({
  status: z.string().default('').catch(''),
  application: z.string().regex(/^\d*$/).default('').catch(''),
  below: z.string().regex(/^\d*$/).default('').catch(''),
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
  component: lazyRouteComponent(
    () => import('./automation/automations-page.tsx'),
    'AutomationsPage',
  ),
});
const plans = createRoute({
  getParentRoute: () => rootRoute,
  path: '/plans',
  component: lazyRouteComponent(() => import('./automation/plans-page.tsx'), 'PlansPage'),
});
const planRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/plans/$planId',
  validateSearch: PlanSearch,
  search: { middlewares: [stripSearchParams({ person: '', find: '', decide: '' })] },
  component: lazyRouteComponent(() => import('./automation/plan-page.tsx'), 'PlanPage'),
});
const runs = createRoute({
  getParentRoute: () => rootRoute,
  path: '/runs',
  component: lazyRouteComponent(() => import('./automation/runs-page.tsx'), 'RunsPage'),
});
const runRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/runs/$runId',
  component: lazyRouteComponent(() => import('./automation/run-page.tsx'), 'RunPage'),
});

const people = createRoute({
  getParentRoute: () => rootRoute,
  path: '/people',
  validateSearch: PeopleSearch,
  search: { middlewares: [stripSearchParams({ find: '', page: '1' })] },
  component: lazyRouteComponent(() => import('./people/people-page.tsx'), 'PeoplePage'),
});
const impersonation = createRoute({
  getParentRoute: () => rootRoute,
  path: '/impersonation',
  component: lazyRouteComponent(
    () => import('./people/impersonation-page.tsx'),
    'ImpersonationPage',
  ),
});
const account = createRoute({
  getParentRoute: () => rootRoute,
  path: '/account',
  component: lazyRouteComponent(() => import('./sign-in/account-page.tsx'), 'AccountPage'),
});
/** What mails have linked to. */
const sessions = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sessions',
  beforeLoad: () => {
    throw redirect({ to: '/account', replace: true });
  },
});
const secretLinks = createRoute({
  getParentRoute: () => rootRoute,
  path: '/secret-links',
  validateSearch: SecretLinkSearch,
  search: { middlewares: [stripSearchParams({ make: '' })] },
  component: lazyRouteComponent(
    () => import('./secret-links/secret-links-page.tsx'),
    'SecretLinksPage',
  ),
});
const applications = createRoute({
  getParentRoute: () => rootRoute,
  path: '/applications',
  component: lazyRouteComponent(
    () => import('./applications/applications-page.tsx'),
    'ApplicationsPage',
  ),
});
const singleSignOn = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-on',
  component: lazyRouteComponent(
    () => import('./single-sign-on/single-sign-on-page.tsx'),
    'SingleSignOnPage',
  ),
});
const directorySyncs = createRoute({
  getParentRoute: () => rootRoute,
  path: '/directory-syncs',
  component: lazyRouteComponent(
    () => import('./directory-syncs/syncs-page.tsx'),
    'DirectorySyncsPage',
  ),
});
const directorySync = createRoute({
  getParentRoute: () => rootRoute,
  path: '/directory-syncs/$syncId',
  validateSearch: SyncSearch,
  search: { middlewares: [stripSearchParams({ below: '' })] },
  component: lazyRouteComponent(
    () => import('./directory-syncs/sync-page.tsx'),
    'DirectorySyncPage',
  ),
});
const keyVaults = createRoute({
  getParentRoute: () => rootRoute,
  path: '/key-vaults',
  component: lazyRouteComponent(() => import('./key-vaults/key-vaults-page.tsx'), 'KeyVaultsPage'),
});
const passwords = createRoute({
  getParentRoute: () => rootRoute,
  path: '/passwords',
  validateSearch: PasswordSearch,
  search: { middlewares: [stripSearchParams({ of: 'user', find: '' })] },
  component: lazyRouteComponent(() => import('./passwords/passwords-page.tsx'), 'PasswordsPage'),
});
const keys = createRoute({
  getParentRoute: () => rootRoute,
  path: '/keys',
  component: lazyRouteComponent(() => import('./keys/keys-page.tsx'), 'KeysPage'),
});
const passwordReset = createRoute({
  getParentRoute: () => rootRoute,
  path: '/password-reset',
  component: lazyRouteComponent(
    () => import('./password-reset/self-service-page.tsx'),
    'SelfServicePage',
  ),
});

const audit = createRoute({
  getParentRoute: () => rootRoute,
  path: '/audit',
  validateSearch: AuditSearch,
  search: { middlewares: [stripSearchParams({ find: '', kind: '', below: '', entry: '' })] },
  component: lazyRouteComponent(() => import('./audit/audit-page.tsx'), 'AuditPage'),
});

const signInAttempts = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in-attempts',
  validateSearch: AttemptSearch,
  search: { middlewares: [stripSearchParams({ status: '', application: '', below: '' })] },
  component: lazyRouteComponent(
    () => import('./sign-in-attempts/attempts-page.tsx'),
    'AttemptsPage',
  ),
});
const signInAttempt = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in-attempts/$attemptId',
  component: lazyRouteComponent(() => import('./sign-in-attempts/attempt-page.tsx'), 'AttemptPage'),
});

export const router = createRouter({
  routeTree: rootRoute.addChildren([
    overview,
    automations,
    plans,
    planRoute,
    runs,
    runRoute,
    people,
    impersonation,
    account,
    sessions,
    secretLinks,
    applications,
    singleSignOn,
    directorySyncs,
    directorySync,
    keyVaults,
    audit,
    passwords,
    keys,
    passwordReset,
    signInAttempts,
    signInAttempt,
  ]),
  defaultPreload: 'intent',
  defaultPendingComponent: Waiting,
  defaultErrorComponent: Failed,
  scrollRestoration: true,
  // Plain words in the address: the person 33 is `?person=33`, and stays text.
  parseSearch: (search) => Object.fromEntries(new URLSearchParams(search)),
  stringifySearch: (search) => {
    const words = Object.entries(search).filter(([, value]) => value !== undefined);
    const text = new URLSearchParams(words.map(([name, value]) => [name, String(value)]));
    return text.size === 0 ? '' : `?${text}`;
  },
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
