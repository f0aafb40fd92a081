// Self-service as a whole: its routes, its jobs and what the outbox delivers for it.
import type { Route } from '#http/route.ts';
import { consoleRoutes } from './console-routes.ts';
import { enrolRoutes } from './enrol-routes.ts';
import { nprRoutes } from './npr-routes.ts';
import { questionRoutes } from './question-routes.ts';
import { resetRoutes } from './reset-routes.ts';
import { type GivenPorts, openedPorts, type SelfServiceWork, workOf } from './tasks.ts';

export type SelfService = SelfServiceWork & { readonly routes: readonly Route[] };

export function openSelfService(given: GivenPorts): SelfService {
  const ports = openedPorts(given);
  return {
    routes: [
      ...questionRoutes(ports),
      ...nprRoutes(ports),
      ...resetRoutes(ports),
      ...enrolRoutes(ports),
      ...consoleRoutes(ports),
    ],
    ...workOf(ports),
  };
}
