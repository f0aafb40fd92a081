// The command that prints the API's description, which takes every feature's routes.
import { openapiOf } from '#http/built-in.ts';
import { version, withHub } from './hub.ts';
import { printJson } from './print.ts';
import { withRoutes } from './serve.ts';

export async function openapiCommand(): Promise<void> {
  await withHub((hub) =>
    withRoutes(hub, async (routes) => printJson(openapiOf(routes, { version }))),
  );
}
