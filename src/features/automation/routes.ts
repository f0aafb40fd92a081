// Every endpoint of automation under /v1.
import type { Route } from '#http/route.ts';
import { automationsRoutes } from './automations-routes.ts';
import { definitionRoutes } from './definition-routes.ts';
import type { RunEvents } from './events.ts';
import { planRoutes } from './plan-routes.ts';
import type { AutomationPorts } from './ports.ts';
import { runRoutes } from './run-routes.ts';

export function automationRoutes(
  ports: AutomationPorts & { readonly runEvents: RunEvents },
): Route[] {
  return [
    ...automationsRoutes(ports),
    ...definitionRoutes(ports),
    ...planRoutes(ports),
    ...runRoutes(ports),
  ];
}
