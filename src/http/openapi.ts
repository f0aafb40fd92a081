// The OpenAPI 3.1 document, made from the same route tables that answer.
import { z } from 'zod';
import { createDocument, type ZodOpenApiPathsObject } from 'zod-openapi';
import { modelMark } from './halo/members.ts';
import { isHaloModel } from './halo/model.ts';
import type { AnswerKind, Dialect, Route } from './route.ts';

export type OpenApi = ReturnType<typeof createDocument>;

const Problem = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int32(),
    detail: z.string(),
    code: z.string(),
    instance: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    reference: z.string().optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details.' });

const HaloProblem = z
  .looseObject({
    ClassName: z.string().optional(),
    Message: z.string(),
    code: z.string(),
    errors: z.record(z.string(), z.array(z.string())).optional(),
  })
  .meta({
    id: 'HaloProblem',
    description: 'A refusal as Halo spells it; for a misfit also a dictionary by JSON path.',
  });

const OauthProblem = z
  .looseObject({ error: z.string(), error_description: z.string() })
  .meta({ id: 'OauthProblem', description: 'RFC 6749 §5.2.' });

const refusals: Record<Exclude<Dialect, 'page'>, { schema: z.ZodType; type: string }> = {
  v1: { schema: Problem, type: 'application/problem+json' },
  halo: { schema: HaloProblem, type: 'application/json' },
  oauth: { schema: OauthProblem, type: 'application/json' },
};

const descriptions: Readonly<Record<number, string>> = {
  200: 'As asked.',
  201: 'Made.',
  202: 'Begun.',
  204: 'Done; nothing to say.',
  303: 'Go on elsewhere.',
  400: 'The request does not fit.',
  401: 'Credentials are missing, wrong or expired.',
  403: 'Not permitted.',
  404: 'There is no such thing.',
  409: 'What is there does not allow it.',
  410: 'It was there and is no more.',
  413: 'The body is too large.',
  415: 'The body has a type that is not understood here.',
  422: 'It cannot be done.',
  429: 'Too many requests; see Retry-After.',
  500: 'The hub failed; the log has the details.',
  502: 'The other side failed.',
  503: 'The hub is busy; see Retry-After.',
};

export function openapi(routes: readonly Route[], about: { readonly version: string }): OpenApi {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}').replace(/\*$/, '{path}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route, path) };
  }
  const document = createDocument(
    {
      openapi: '3.1.0',
      info: {
        title: 'Sundog',
        version: about.version,
        description:
          'The identity companion of a Halo service desk: /v1 in its own words, /api in the Halo ' +
          'dialect (paths and query names in any letter case), /auth for OAuth 2.0.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      paths,
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'A token from /auth/token.' },
          apiKey: { type: 'apiKey', in: 'header', name: 'X-Halo-Api-Key' },
          session: {
            type: 'apiKey',
            in: 'cookie',
            name: 'sundog_session',
            description: 'The console session; writing also needs X-CSRF-Token from /auth/me.',
          },
        },
      },
    },
    {
      override: ({ jsonSchema, zodSchema }) => {
        quieten(jsonSchema);
        // One component for what is posted and what is answered, as in Halo's own document.
        if (isHaloModel(zodSchema)) jsonSchema.additionalProperties = false;
      },
    },
  );
  return withModels(document);
}

/**
 * Objects of another of Halo's models become references to its component. One that stands nowhere in this
 * document is open: any object is one.
 */
function withModels(document: OpenApi): OpenApi {
  const schemas: Record<string, unknown> = { ...document.components?.schemas };
  nameModels(document, (model) => {
    schemas[model] ??= { type: 'object', additionalProperties: true };
  });
  Object.assign(document.components ?? {}, { schemas });
  return document;
}

function nameModels(node: unknown, found: (model: string) => void): void {
  if (typeof node !== 'object' || node === null) return;
  if (modelMark in node && typeof node[modelMark] === 'string') {
    const model = node[modelMark];
    const reference = { $ref: `#/components/schemas/${model}` };
    found(model);
    if ('type' in node && node.type === 'array') Object.assign(node, { items: reference });
    else {
      for (const name of Object.keys(node)) Reflect.deleteProperty(node, name);
      Object.assign(node, reference);
    }
    Reflect.deleteProperty(node, modelMark);
  }
  for (const inner of Object.values(node)) nameModels(inner, found);
}

/** Zod writes the bounds of its integers on each, though the format says them: noise for a reader. */
function quieten(schema: { [name: string]: unknown }): void {
  if (schema.format === 'int32' && schema.maximum === 2 ** 31 - 1) delete schema.maximum;
  if (schema.format === 'int32' && schema.minimum === -(2 ** 31)) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
}

function operation(route: Route, path: string) {
  return {
    operationId: operationId(route, path),
    summary: route.summary,
    tags: [path.split('/').slice(1, 3).join('/') || 'console'],
    security: route.access === 'anyone' ? [] : [{ bearer: [] }, { apiKey: [] }, { session: [] }],
    ...(Array.isArray(route.access) && route.access.length > 0
      ? { description: `Needs ${route.access.join(', ')}.` }
      : {}),
    requestParams: {
      path: objectOf(route.params) ?? plainParams(path),
      ...(route.query === undefined ? {} : { query: objectOf(route.query) ?? z.object({}) }),
    },
    ...(route.body === undefined ? {} : { requestBody: requestBody(route.body, route.consumes) }),
    responses: responses(route),
  };
}

function operationId(route: Route, path: string): string {
  const words = path.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  return [
    route.method.toLowerCase(),
    ...words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)),
  ].join('');
}

/** Parameters have to be an object's members; a transform or preprocess around it is looked through. */
function objectOf(schema: z.ZodType | undefined): z.ZodObject | undefined {
  if (schema instanceof z.ZodObject) return schema;
  if (!(schema instanceof z.ZodPipe)) return undefined;
  const sides = [schema.in, schema.out];
  return sides.find((side) => side instanceof z.ZodObject);
}

function plainParams(path: string): z.ZodObject {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
  return z.object(Object.fromEntries(names.map((name) => [name, z.string()])));
}

function requestBody(schema: z.ZodType, consumes: Route['consumes']) {
  const type = consumes === 'form' ? 'application/x-www-form-urlencoded' : 'application/json';
  return { required: !schema.safeParse(undefined).success, content: { [type]: { schema } } };
}

function responses(route: Route) {
  const told = Object.fromEntries(
    statusesOf(route).map((status) => [status, refusal(route, status)]),
  );
  const answers = Object.entries(route.answers).map(([status, kind]) => [
    status,
    {
      description: descriptions[Number(status)] ?? 'See the summary.',
      ...(kind === 'empty'
        ? {}
        : kind === 'refusal'
          ? refusal(route, Number(status))
          : { content: content(kind) }),
    },
  ]);
  const named = Object.entries(told).map(([status, answer]) => [
    status,
    { ...answer, description: descriptions[Number(status)] ?? 'Refused.' },
  ]);
  return Object.fromEntries([...named, ...answers]);
}

/** What the server itself may answer, whatever the route's handler does. */
function statusesOf(route: Route): number[] {
  return [
    400,
    ...(route.access === 'anyone' ? [] : [401, 403]),
    ...(route.dialect === 'oauth' && route.body !== undefined ? [401] : []),
    404,
    ...(route.body === undefined ? [] : [413, 415]),
    // Features beside the desk say so where Halo would say 400.
    ...(route.dialect === 'halo' && route.access !== 'anyone' ? [409, 422] : []),
    // In /v1 a state that forbids it, what cannot be done at all, and a system outside that fails.
    ...(route.dialect === 'v1' && route.access !== 'anyone' ? [409, 410, 422, 502] : []),
    429,
    500,
    503,
  ];
}

function refusal({ dialect }: Route, status: number) {
  if (dialect === 'page') return { content: content('page') };
  // No address of that form: nothing that OAuth has a word for.
  const { schema, type } = refusals[dialect === 'oauth' && status === 404 ? 'v1' : dialect];
  return { content: { [type]: { schema } } };
}

function content(kind: Exclude<AnswerKind, 'empty' | 'refusal'>) {
  if (kind === 'events') return { 'text/event-stream': { schema: z.string() } };
  if (kind === 'page') return { 'text/html': { schema: z.string() } };
  if (kind === 'text') return { 'text/plain': { schema: z.string() } };
  return { 'application/json': { schema: kind } };
}
