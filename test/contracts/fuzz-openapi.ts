// Asks a running hub everything its OpenAPI document allows, and much that it forbids, with shrinking.
import assert from 'node:assert/strict';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { z } from 'zod';
import fc from '#test/property.ts';
import { anyText } from './any-text.ts';

type Schema = Readonly<Record<string, unknown>>;

export type FuzzOptions = {
  readonly base: URL;
  /** The served document, parsed from JSON. */
  readonly document: unknown;
  /** Sent with every request: an Authorization header of somebody who may do everything. */
  readonly headers: Readonly<Record<string, string>>;
  /** Requests for each operation; half of them with one thing made wrong. */
  readonly runs: number;
  /** Ids of things there are: asked for now and then, in any letter case. */
  readonly known?: readonly string[];
  /** Texts that no answer may hold: the names of what the caller may not see, or secrets. */
  readonly forbidden?: readonly string[];
  /** Also fails where something the document allows is refused as a misfit. */
  readonly strict?: boolean;
};

export type Operation = {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body: { readonly type: string; readonly schema: Schema } | undefined;
  readonly responses: Readonly<
    Record<string, { readonly type: string; readonly schema: Schema }[]>
  >;
};

type Parameter = {
  readonly name: string;
  readonly in: string;
  readonly required: boolean;
  readonly schema: Schema;
};

type Call = {
  readonly path: Readonly<Record<string, unknown>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: unknown;
  /** Something was made wrong on purpose: being refused is right. */
  readonly wrong: boolean;
};

const Operations = z.record(z.string(), z.record(z.string(), z.looseObject({})));
const Described = z.looseObject({
  operationId: z.string(),
  parameters: z
    .array(
      z.object({
        name: z.string(),
        in: z.string(),
        required: z.boolean().default(false),
        schema: z.looseObject({}).default({}),
      }),
    )
    .default([]),
  requestBody: z
    .object({ content: z.record(z.string(), z.object({ schema: z.looseObject({}) })) })
    .optional(),
  responses: z.record(
    z.string(),
    z.looseObject({
      content: z.record(z.string(), z.looseObject({ schema: z.looseObject({}) })).optional(),
    }),
  ),
});

export function operationsOf(document: unknown): Operation[] {
  const { paths } = z.looseObject({ paths: Operations }).parse(document);
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, described]) => {
      const { operationId, parameters, requestBody, responses } = Described.parse(described);
      const [body] = Object.entries(requestBody?.content ?? {});
      return {
        id: operationId,
        method: method.toUpperCase(),
        path,
        parameters,
        body: body && { type: body[0], schema: body[1].schema },
        responses: Object.fromEntries(
          Object.entries(responses).map(([status, { content = {} }]) => [
            status,
            Object.entries(content).map(([type, { schema }]) => ({ type, schema })),
          ]),
        ),
      };
    }),
  );
}

/** Fuzzes one operation; throws with the smallest request that showed the fault. */
export async function fuzzOperation(options: FuzzOptions, operation: Operation): Promise<void> {
  const components = componentsOf(options.document);
  const validate = validators(options.document);
  await fc.assert(
    fc.asyncProperty(callArbitrary(operation, components, options.known ?? []), async (call) => {
      const { status, type, body, raw } = await send(options, operation, call);
      for (const text of options.forbidden ?? []) {
        assert.ok(!raw.includes(text), `what nobody may see (${text}): ${operation.path}`);
      }
      const said = `${operation.method} ${operation.path} -> ${status} ${JSON.stringify(body)}`;
      assert.ok(status < 500 || status === 503, `a failure: ${said}`);
      const misfit = z.looseObject({ code: z.literal('request.invalid') }).safeParse(body);
      const unjust = options.strict === true && !call.wrong && misfit.success;
      assert.ok(!unjust, `refused although the document allows it: ${said}`);
      const answers = operation.responses[String(status)];
      assert.ok(answers !== undefined, `a status that is not documented: ${said}`);
      const answer = answers.find((one) => type.startsWith(one.type) || !/json/.test(one.type));
      assert.ok(
        answers.length === 0 || answer !== undefined,
        `another media type, ${type}: ${said}`,
      );
      if (answer !== undefined && /json/.test(answer.type)) {
        const fits = validate(answer.schema);
        assert.ok(fits(body), `another shape: ${JSON.stringify(fits.errors)}: ${said}`);
        const leaked = writtenOnly(answer.schema, body, components);
        assert.deepEqual(leaked, [], `what is only written was answered: ${operation.path}`);
      }
    }),
    {
      numRuns: options.runs,
      endOnFailure: false,
    },
  );
}

async function send(options: FuzzOptions, operation: Operation, call: Call) {
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) =>
    // A part that is a dot, two or nothing would make another path of it.
    encodeURIComponent(text(call.path[name])).replace(/^(\.{0,2})$/, 'dot$1'),
  );
  const url = new URL(path, options.base);
  for (const [name, value] of Object.entries(call.query)) {
    if (value !== undefined) url.searchParams.set(name, text(value));
  }
  const isForm = operation.body?.type.includes('form') === true;
  const body = call.body === undefined ? undefined : isForm ? form(call.body) : json(call.body);
  const response = await fetch(url, {
    method: operation.method,
    redirect: 'manual',
    // A connection that rested while the document was read may be closed under the next request.
    keepalive: false,
    headers: {
      ...options.headers,
      ...(operation.body === undefined ? {} : { 'content-type': operation.body.type }),
    },
    ...(body === undefined || operation.method === 'GET' ? {} : { body }),
    signal: AbortSignal.timeout(20_000),
  });
  const type = response.headers.get('content-type') ?? '';
  if (type.startsWith('text/event-stream')) {
    await response.body?.cancel();
    return { status: response.status, type, body: undefined, raw: '' };
  }
  const answered = await response.text();
  const isJson = /^application\/([\w.-]+\+)?json/.test(type) && answered !== '';
  const parsed = isJson ? JSON.parse(answered) : undefined;
  return { status: response.status, type, body: parsed, raw: answered };
}

/** Members marked writeOnly that an answer holds all the same, at any depth the schema names. */
function writtenOnly(schema: Schema, value: unknown, components: Components): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const reference = typeof schema.$ref === 'string' ? schema.$ref.split('/').at(-1) : undefined;
  if (reference !== undefined) return writtenOnly(components[reference] ?? {}, value, components);
  const branches = [schema.anyOf, schema.oneOf].filter(Array.isArray).flat();
  const inside = z.array(z.looseObject({})).catch([]).parse(branches);
  const found = inside.flatMap((branch) => writtenOnly(branch, value, components));
  if (Array.isArray(value)) {
    const items = z.looseObject({}).catch({}).parse(schema.items);
    return [...found, ...value.flatMap((one) => writtenOnly(items, one, components))];
  }
  const properties = z.record(z.string(), z.looseObject({})).catch({}).parse(schema.properties);
  const members = new Map<string, unknown>(Object.entries(value));
  const own = Object.entries(properties).flatMap(([name, inner]) => {
    const held = members.get(name);
    if (held === undefined || held === null) return [];
    return [...(inner.writeOnly === true ? [name] : []), ...writtenOnly(inner, held, components)];
  });
  return [...found, ...own];
}

function text(value: unknown): string {
  const spelt = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return spelt.toWellFormed();
}

function json(value: unknown): string {
  return JSON.stringify(value) ?? '';
}

function form(value: unknown): string {
  const fields = z.record(z.string(), z.unknown()).catch({}).parse(value);
  const spelt = new URLSearchParams();
  for (const [name, field] of Object.entries(fields)) spelt.set(name, text(field));
  return String(spelt);
}

function callArbitrary(
  operation: Operation,
  components: Components,
  known: readonly string[],
): fc.Arbitrary<Call> {
  const ids = known.length === 0 ? [] : [fc.constantFrom(...known), fc.constantFrom(...known)];
  const parameters = (place: string) => {
    const own = operation.parameters.filter((parameter) => parameter.in === place);
    return recordArbitrary(
      own.map(({ name, schema }) => [
        name,
        isId(name) ? idArbitrary(schema, components, ids) : valueArbitrary(schema, components),
      ]),
      own.filter(({ required }) => required).map(({ name }) => name),
    );
  };
  const right = fc.record({
    path: parameters('path'),
    query: parameters('query'),
    body:
      operation.body === undefined
        ? fc.constant(undefined)
        : valueArbitrary(operation.body.schema, components),
    wrong: fc.constant(false),
  });
  return fc.oneof(right, fc.tuple(right, junk, fc.nat()).map(makeWrong));
}

function isId(name: string): boolean {
  return /id$/i.test(name);
}

/** An id of something there is, in this letter case or that; or any that the schema allows. */
function idArbitrary(
  schema: Schema,
  components: Components,
  known: readonly fc.Arbitrary<string>[],
): fc.Arbitrary<unknown> {
  const any = valueArbitrary(schema, components);
  if (schema.format !== 'uuid') return fc.oneof(fc.integer({ min: -1, max: 12 }), any);
  if (known.length === 0) return any;
  const cased = fc.tuple(fc.oneof(...known), fc.boolean());
  return fc.oneof(
    cased.map(([id, upper]) => (upper ? id.toUpperCase() : id)),
    any,
  );
}

/** One thing made wrong: a parameter, a member at any depth, or the whole body. */
function makeWrong([call, rubbish, where]: [Call, unknown, number]): Call {
  const places = [
    ...Object.keys(call.path).map((name) => ['path', name] as const),
    ...Object.keys(call.query).map((name) => ['query', name] as const),
    ...(call.body === undefined ? [] : [['body', ''] as const, ['body', 'inside'] as const]),
  ];
  const [place, name] = places[where % Math.max(1, places.length)] ?? ['nowhere', ''];
  if (place === 'path' || place === 'query') {
    return { ...call, [place]: { ...call[place], [name]: rubbish }, wrong: true };
  }
  if (place === 'nowhere') return call;
  const body = name === 'inside' ? replaceOne(call.body, rubbish, where) : rubbish;
  return { ...call, body, wrong: true };
}

function replaceOne(value: unknown, rubbish: unknown, where: number): unknown {
  if (Array.isArray(value)) {
    return value.length === 0 ? rubbish : [replaceOne(value[0], rubbish, where), ...value.slice(1)];
  }
  if (typeof value !== 'object' || value === null) return rubbish;
  const names = Object.keys(value);
  const name = names[where % Math.max(1, names.length)];
  if (name === undefined) return rubbish;
  return { ...value, [name]: rubbish };
}

const junk: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(null, true, '', '0', '-1', 95.5, -1, 2 ** 31, 2 ** 53, 1e300, '9'.repeat(40)),
  fc.constantFrom('*)(objectClass=*', '(|(cn=*)(userPassword=*))', '\\2a', 'a'.repeat(10_000)),
  fc.constantFrom('\u0001\u0007\u001b[31m', '\r\nSet-Cookie: x=1', '\u202e', 'x\u0000y', '\udfff'),
  fc.constantFrom("' or 1=1 --", '../../etc/passwd', '%00', '\u0000', '\ud800', '[]', '{}', '*'),
  fc.constantFrom('1900-01-01', '2026-13-45T99:99:99Z', '0001-01-01T00:00:00', '+275760-09-13'),
  fc.constantFrom({ __proto__: 1 }, [], {}, [[]], { constructor: { prototype: {} } }),
  anyText({ maxLength: 50 }),
  fc.jsonValue({ maxDepth: 3 }),
);

type Components = Readonly<Record<string, Schema>>;

function componentsOf(document: unknown): Components {
  const parsed = z
    .looseObject({
      components: z
        .looseObject({ schemas: z.record(z.string(), z.looseObject({})).default({}) })
        .default({ schemas: {} }),
    })
    .parse(document);
  return parsed.components.schemas;
}

const depthMax = 5;

/** Values that a schema allows. What it cannot read becomes any JSON at all. */
export function valueArbitrary(
  schema: Schema,
  components: Components,
  depth = 0,
): fc.Arbitrary<unknown> {
  const reference = typeof schema.$ref === 'string' ? schema.$ref.split('/').at(-1) : undefined;
  if (reference !== undefined)
    return valueArbitrary(components[reference] ?? {}, components, depth);
  if ('const' in schema) return fc.constant(schema.const);
  if (Array.isArray(schema.enum)) return fc.constantFrom(...schema.enum);
  const branches = [schema.anyOf, schema.oneOf].find(Array.isArray);
  if (branches !== undefined) {
    const all = z.array(z.looseObject({})).parse(branches);
    // What names itself, such as criteria, is cut off at its first and simplest branch.
    const read = depth < depthMax ? all : all.slice(0, 1);
    return fc.oneof(...read.map((branch) => valueArbitrary(branch, components, depth)));
  }
  const types = z.array(z.string()).parse([schema.type ?? 'anything'].flat());
  return fc.oneof(...types.map((type) => typedArbitrary(type, schema, components, depth)));
}

function typedArbitrary(
  type: string,
  schema: Schema,
  components: Components,
  depth: number,
): fc.Arbitrary<unknown> {
  switch (type) {
    case 'string':
      return textArbitrary(schema);
    case 'integer':
      return fc.integer({
        min: bound(schema, 'minimum', bound(schema, 'exclusiveMinimum', -1001) + 1),
        max: bound(schema, 'maximum', bound(schema, 'exclusiveMaximum', 1001) - 1),
      });
    case 'number':
      return fc.double({
        min: bound(schema, 'minimum', -1e6),
        max: bound(schema, 'maximum', 1e6),
        noNaN: true,
      });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array': {
      const items = z.looseObject({}).catch({}).parse(schema.items);
      const minLength = bound(schema, 'minItems', 0);
      const maxLength = Math.max(minLength, Math.min(bound(schema, 'maxItems', 3), 3));
      if (depth >= depthMax && minLength === 0) return fc.constant([]);
      return fc.array(valueArbitrary(items, components, depth + 1), { minLength, maxLength });
    }
    case 'object':
      return objectArbitrary(schema, components, depth);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

function objectArbitrary(schema: Schema, components: Components, depth: number) {
  const properties = z.record(z.string(), z.looseObject({})).catch({}).parse(schema.properties);
  const required = z.array(z.string()).catch([]).parse(schema.required);
  const names = Object.keys(properties).filter(
    (name) => depth < depthMax || required.includes(name),
  );
  const own = recordArbitrary(
    names.map((name) => [name, valueArbitrary(properties[name] ?? {}, components, depth + 1)]),
    required.filter((name) => names.includes(name)),
  );
  const others = z.looseObject({}).safeParse(schema.additionalProperties);
  if (!others.success || names.length > 0 || depth >= depthMax) return own;
  const value = valueArbitrary(others.data, components, depth + 1);
  return fc.dictionary(fc.stringMatching(/^[a-z][a-zA-Z0-9.-]{0,10}$/), value, { maxKeys: 3 });
}

/** All of the required members and any of the others. */
function recordArbitrary(
  members: readonly (readonly [string, fc.Arbitrary<unknown>])[],
  required: readonly string[],
): fc.Arbitrary<Record<string, unknown>> {
  const present = members.map(([name, value]) =>
    required.includes(name)
      ? value.map((made) => ({ name, made, there: true }))
      : fc.record({ name: fc.constant(name), made: value, there: fc.boolean() }),
  );
  return fc
    .tuple(...present)
    .map((made) => made.flatMap((one) => (one.there ? [[one.name, one.made] as const] : [])))
    .map((entries) => Object.fromEntries(entries));
}

function textArbitrary(schema: Schema): fc.Arbitrary<string> {
  switch (schema.format) {
    case 'uuid':
      return fc.uuid();
    case 'email':
      return fc.stringMatching(/^[a-z]{1,10}\.[a-z]{1,10}@larkfield\.test$/);
    case 'date':
      return dates.map((date) => date.toISOString().slice(0, 10));
    case 'date-time':
      return dates.map((date) => date.toISOString());
    case 'uri':
      return fc.webUrl();
    default: {
      const minLength = bound(schema, 'minLength', 0);
      const maxLength = Math.max(
        minLength,
        Math.min(bound(schema, 'maxLength', 40), minLength + 40),
      );
      if (typeof schema.pattern === 'string') return fc.stringMatching(new RegExp(schema.pattern));
      return fc.string({ minLength, maxLength, unit: 'grapheme' });
    }
  }
}

const dates = fc.date({
  min: new Date('1970-01-01'),
  max: new Date('2100-01-01'),
  noInvalidDate: true,
});

function bound(schema: Schema, name: string, otherwise: number): number {
  const value = schema[name];
  return typeof value === 'number' ? value : otherwise;
}

/** Compiled once for each schema, and every component once for all that refer to it. */
function validators(document: unknown): (schema: Schema) => ValidateFunction {
  const key = z.looseObject({}).safeParse(document).success ? Object(document) : {};
  const known = validatorsOf.get(key);
  if (known !== undefined) return known;
  const made = newValidators(document);
  validatorsOf.set(key, made);
  return made;
}

/** The document is long: it is read once, however many operations are asked. */
const validatorsOf = new WeakMap<object, (schema: Schema) => ValidateFunction>();

function newValidators(document: unknown): (schema: Schema) => ValidateFunction {
  const ajv = new Ajv2020({ strict: false, allErrors: false, logger: false });
  formats.default(ajv);
  // Halo's times have no offset (halo-api.md 1.5); /v1 says by a pattern that its own have one.
  ajv.addFormat('date-time', /^[+-]?\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$/);
  for (const [name, component] of Object.entries(componentsOf(document))) {
    ajv.addSchema(withOwnReferences(component), `component:${name}`);
  }
  const compiled = new Map<string, ValidateFunction>();
  return (schema) => {
    // By what it says: many answers say the same, and every reading of the document makes objects of its own.
    const spelt = JSON.stringify(schema);
    const known = compiled.get(spelt);
    if (known !== undefined) return known;
    const made = ajv.compile(withOwnReferences(schema));
    compiled.set(spelt, made);
    return made;
  };
}

function withOwnReferences(schema: Schema): Schema {
  const spelt = JSON.stringify(schema).replaceAll(
    '"$ref":"#/components/schemas/',
    '"$ref":"component:',
  );
  return z.looseObject({}).parse(JSON.parse(spelt));
}

/** Faults of the document itself: what no client generator could read. */
export function documentFaults(document: unknown): string[] {
  const components = componentsOf(document);
  const operations = operationsOf(document);
  const validate = validators(document);
  const seen = new Set<string>();
  return operations.flatMap((operation) => {
    const { id, path, parameters } = operation;
    const faults = seen.has(id) ? [`${id} stands twice`] : [];
    seen.add(id);
    const named = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
    const declared = parameters.filter((one) => one.in === 'path' && one.required);
    const missing = named.filter((name) => !declared.some((one) => one.name === name));
    const schemas = [
      ...parameters.map(({ schema }) => schema),
      ...(operation.body === undefined ? [] : [operation.body.schema]),
      ...Object.values(operation.responses).flatMap((answers) => answers.map((one) => one.schema)),
    ];
    const broken = schemas.flatMap((schema) => {
      try {
        validate(schema);
        return [];
      } catch (error) {
        return [`${id}: ${String(error)}`];
      }
    });
    const references = [...JSON.stringify(schemas).matchAll(/#\/components\/schemas\/([^"]+)/g)];
    const lost = references.flatMap(([, name = '']) =>
      name in components ? [] : [`${id}: ${name}`],
    );
    return [...faults, ...missing.map((name) => `${id} lacks {${name}}`), ...broken, ...lost];
  });
}
