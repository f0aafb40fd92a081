// Everything the doors' OpenAPI document allows and much that it forbids, asked over real HTTP.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openapiOf } from '#http/built-in.ts';
import {
  documentFaults,
  type FuzzOptions,
  fuzzOperation,
  operationsOf,
} from '#test/contracts/fuzz-openapi.ts';
import { type AccessHub, anAccessHub, anApplication, ask, bearer } from '#test/servers/access.ts';

describe('The OpenAPI document of the doors', async () => {
  let hub: AccessHub;
  let options: FuzzOptions;

  before(async () => {
    hub = await anAccessHub();
    const { client_id, client_secret } = await anApplication(hub, { scopes: ['all'] });
    const form = { grant_type: 'client_credentials', client_id, client_secret };
    const token = (await ask(hub, '/auth/token', { form })).json.access_token;
    const document = (await ask(hub, '/openapi.json')).json;
    options = { base: hub.base, document, headers: bearer(token), runs: 60, strict: true };
  });

  after(async () => {
    await hub[Symbol.asyncDispose]();
  });

  it('can be read by a client generator', () => {
    assert.deepEqual(documentFaults(options.document), []);
  });

  it('is the same that the command line prints', async () => {
    const told = JSON.parse(
      JSON.stringify(openapiOf(hub.access.routes, { version: '0.0.0-test' })),
    );

    const paths = new Set(operationsOf(options.document).map(({ path }) => path));
    assert.ok(operationsOf(told).every(({ path }) => paths.has(path)));
    assert.ok(paths.has('/auth/token') && paths.has('/health/ready'));
  });

  it('tells the truth: no request fails, every answer is as documented', async () => {
    const operations = operationsOf(options.document);

    for (const operation of operations) await fuzzOperation(options, operation);

    assert.ok(operations.length > 20);
  });
});
