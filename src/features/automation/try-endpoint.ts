// Test of an inbound endpoint: one real call, shown with its answer and the fields that can become columns.
import type { Actor } from '#domain/actor.ts';
import type { InboundEndpoint } from '#domain/endpoint.ts';
import type { ApplicationResponse, RenderedRequest } from '#domain/ports/application.ts';
import { ApplicationRefusal } from '#domain/ports/application.ts';
import { refuse } from '#domain/problem.ts';
import { getDefinition, inboundEndpoints } from './definitions.ts';
import type { LookPorts } from './ports.ts';
import { placeOf, renderRequest } from './render-request.ts';
import { maskedText, type TreeNode, treeOf } from './response-tree.ts';

export type Tested = {
  readonly request: {
    readonly method: string;
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly parameters: Readonly<Record<string, string>>;
    readonly body: string | null;
  };
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly text: string;
    readonly tookMs: number;
  };
  readonly tree: TreeNode | null;
};

/** A test reads a few rows, however many a run reads at once. */
const rowsAsked = 10;

export async function testEndpoint(
  ports: LookPorts,
  id: string,
  actor: Actor,
  signal: AbortSignal,
): Promise<Tested> {
  const { thing: endpoint } = await getDefinition(ports.db, inboundEndpoints, id, actor);
  const place = await placeOf(ports, endpoint.connectionId);
  const scope = { now: ports.clock(), environment: ports.environment };
  const request = firstPage(endpoint, renderRequest(endpoint.request, scope, place));
  try {
    await using application = await ports.openApplication(endpoint.connectionId);
    return testedOf(request, await application.send(request, signal));
  } catch (error) {
    if (!(error instanceof ApplicationRefusal)) throw error;
    return refuse(
      'application.refused',
      { name: endpoint.name, reason: error.message },
      error.detail,
    );
  }
}

export function testedOf(request: RenderedRequest, response: ApplicationResponse): Tested {
  return {
    request: {
      method: request.method,
      url: request.url,
      // The connection adds its own, which nobody is shown.
      headers: { ...request.headers, authorization: '[secret]' },
      parameters: request.parameters,
      body: request.body?.text ?? null,
    },
    response: {
      status: response.status,
      headers: shownHeaders(response.headers),
      text: maskedText(response.text),
      tookMs: Math.round(response.tookMs),
    },
    tree: treeOf(response.text),
  };
}

function firstPage({ paging }: InboundEndpoint, request: RenderedRequest): RenderedRequest {
  if (paging.kind === 'none') return request;
  const parameters = {
    ...request.parameters,
    [paging.pageParameter]: '1',
    [paging.sizeParameter]: String(Math.min(paging.pageSize, rowsAsked)),
  };
  return { ...request, parameters };
}

function shownHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !/cookie|authorization|token/i.test(name)),
  );
}
