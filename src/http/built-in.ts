// The routes the server brings itself: health, metrics, the OpenAPI document and its page.
import { z } from 'zod';
import { html, htmlPage } from './html.ts';
import type { Metric, Metrics } from './metrics.ts';
import { type OpenApi, openapi } from './openapi.ts';
import { type Route, route } from './route.ts';

/** Whether work can be taken, and if not, why not: one sentence each. */
export type Readiness = () => Promise<readonly string[]>;

export type BuiltInPorts = {
  readonly ready: Readiness;
  readonly metrics: Metrics;
  readonly moreMetrics: () => Promise<readonly Metric[]>;
  readonly document: () => OpenApi;
};

const Health = z.object({ status: z.enum(['ok', 'not ready']), because: z.array(z.string()) });

/** Longer than this without an answer counts as not ready. */
const readyMsMax = 5_000;

export function builtInRoutes(ports: BuiltInPorts): Route[] {
  return [
    route({
      method: 'GET',
      path: '/health/live',
      summary: 'Whether the process answers',
      dialect: 'v1',
      access: 'anyone',
      answers: { 200: Health },
      handle: async () => ({ status: 200, body: { status: 'ok', because: [] } }),
    }),
    route({
      method: 'GET',
      path: '/health/ready',
      summary: 'Whether the hub can take work',
      dialect: 'v1',
      access: 'anyone',
      answers: { 200: Health, 503: Health },
      handle: async () => {
        const because = await reasons(ports.ready);
        return because.length === 0
          ? { status: 200, body: { status: 'ok', because } }
          : { status: 503, body: { status: 'not ready', because } };
      },
    }),
    route({
      method: 'GET',
      path: '/metrics',
      summary: 'Counts and gauges as Prometheus text',
      dialect: 'v1',
      access: 'anyone',
      answers: { 200: 'text' },
      handle: async () => ({
        status: 200,
        body: ports.metrics.render(await ports.moreMetrics()),
        headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
      }),
    }),
    route({
      method: 'GET',
      path: '/openapi.json',
      summary: 'This document',
      dialect: 'v1',
      access: 'anyone',
      answers: { 200: z.looseObject({ openapi: z.string() }) },
      handle: async () => ({ status: 200, body: ports.document() }),
    }),
    route({
      method: 'GET',
      path: '/docs',
      summary: 'The operations, to read',
      dialect: 'page',
      access: 'anyone',
      answers: { 200: 'page' },
      handle: async () => ({ status: 200, page: (nonce) => docsPage(nonce, ports.document()) }),
    }),
  ];
}

/** The document of a hub with these routes, its built-in ones included; for the command line too. */
export function openapiOf(routes: readonly Route[], about: { readonly version: string }): OpenApi {
  const inert: BuiltInPorts = {
    ready: async () => [],
    metrics: { count() {}, render: () => '' },
    moreMetrics: async () => [],
    document: () => openapi([], about),
  };
  return openapi([...builtInRoutes(inert), ...routes], about);
}

async function reasons(ready: Readiness): Promise<readonly string[]> {
  const late = Promise.withResolvers<readonly string[]>();
  const timer = setTimeout(() => late.resolve(['a check did not answer in time']), readyMsMax);
  try {
    return await Promise.race([ready(), late.promise]);
  } catch {
    return ['a check failed; the log has the details'];
  } finally {
    clearTimeout(timer);
  }
}

function docsPage(nonce: string, document: OpenApi): string {
  const operations = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    Object.entries(item ?? {}).map(([method, operation]) => ({
      path,
      method,
      ...named(operation),
    })),
  );
  const tags = [...new Set(operations.map(({ tag }) => tag))].sort();
  const groups = tags.map((tag) => {
    const rows = operations
      .filter((operation) => operation.tag === tag)
      .map(
        ({ path, method, summary, needs }) =>
          html`<tr><td><code>${method.toUpperCase()}</code></td><td><code>${path}</code></td>
<td>${summary} <span class="quiet">${needs}</span></td></tr>`,
      );
    return html`<h2>${tag}</h2><table>${rows}</table>`;
  });
  const body = html`<h1>Sundog ${document.info.version}: ${operations.length} operations</h1>
<p class="quiet">The whole contract, with every member: <a href="/openapi.json">openapi.json</a>.
Get a token from <code>POST /auth/token</code> and send it as <code>Authorization: Bearer</code>.</p>
${groups}`;
  return htmlPage(nonce, { title: 'API', body });
}

const Named = z.object({
  summary: z.string().default(''),
  description: z.string().default(''),
  tags: z.array(z.string()).default([]),
});

function named(operation: unknown): { summary: string; needs: string; tag: string } {
  const { summary, description, tags } = Named.parse(operation);
  return { summary, needs: description, tag: tags[0] ?? '' };
}
