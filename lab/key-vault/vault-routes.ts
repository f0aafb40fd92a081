// The lab's key vault as Azure's answers: challenge, secrets, versions, pages, soft deletion, refusals in its words.
import { z } from 'zod';
import { secretNamePattern } from '#domain/vault.ts';
import type { Answer, Asked } from './answers.ts';
import type { Role } from './login.ts';
import type { Deleted, Shelf, Version } from './secrets.ts';

export type VaultRules = {
  readonly tenantId: string;
  readonly resource: string;
  readonly secrets: Shelf;
  readonly roleOf: (token: string) => Role | undefined;
  readonly seconds: () => number;
};

const apiVersions = ['7.4', '7.5', '7.6', '2025-07-01', '2026-04-01'];
const pageMax = 25;

export function vaultAnswer(rules: VaultRules, asked: Asked): Answer {
  const token = /^Bearer (.+)$/.exec(String(asked.headers.authorization ?? ''))?.[1];
  const role = token === undefined ? undefined : rules.roleOf(token);
  if (role === undefined) return challenge(rules, asked, token !== undefined);
  if (!apiVersions.includes(asked.query['api-version'] ?? '')) {
    return refusal(400, 'BadParameter', 'The specified version is not supported.');
  }
  const [collection, name, version] = asked.path.split('/').slice(1);
  if (name !== undefined && !secretNamePattern.test(name)) {
    return refusal(400, 'BadParameter', 'The request URI contains an invalid name.');
  }
  const right = name === undefined || version === 'versions' ? 'list' : rightFor(asked.method);
  if (!rights[role].includes(right)) return forbidden(right);
  if (collection === 'deletedsecrets' && name !== undefined) return deletedOf(rules, asked, name);
  if (collection !== 'secrets') return refusal(404, 'NotFound', 'There is nothing here.');
  if (name === undefined)
    return list(
      asked,
      rules.secrets.names().map((one) => itemOf(rules, asked, one)),
    );
  return secretAnswer(rules, asked, name, version);
}

type Right = 'get' | 'list' | 'set';

const rights: Readonly<Record<Role, readonly Right[]>> = {
  none: [],
  reader: ['get'],
  user: ['get', 'list'],
  officer: ['get', 'list', 'set'],
};

function rightFor(method: string): Right {
  return method === 'GET' ? 'get' : 'set';
}

const Written = z.object({
  value: z.string().max(25_600).default(''),
  contentType: z.string().optional(),
  attributes: z.object({ enabled: z.boolean(), nbf: z.int(), exp: z.int() }).partial().optional(),
});

function secretAnswer(rules: VaultRules, asked: Asked, name: string, version?: string): Answer {
  const { secrets } = rules;
  if (asked.method === 'PUT') {
    const given = Written.parse(JSON.parse(asked.body));
    const { attributes, ...rest } = given;
    return {
      status: 200,
      body: bundle(asked, name, secrets.put(name, { ...rest, attributes: defined(attributes) })),
    };
  }
  if (asked.method === 'DELETE') {
    const gone = secrets.delete(name);
    return gone === undefined
      ? unknown(name)
      : { status: 200, body: deletedBundle(asked, name, gone) };
  }
  if (asked.method === 'PATCH') {
    const { attributes, contentType } = Written.parse(JSON.parse(asked.body));
    const changed = secrets.change(name, version ?? '', {
      contentType,
      attributes: defined(attributes),
    });
    if (changed === undefined) return unknown(name);
    const { value: _value, ...rest } = bundle(asked, name, changed);
    return { status: 200, body: rest };
  }
  if (version === 'versions') {
    return list(
      asked,
      secrets.versions(name).map((one) => withoutValue(bundle(asked, name, one))),
    );
  }
  const found = secrets.find(name, version);
  if (found === undefined) return unknown(name);
  if (!found.attributes.enabled) {
    const message = 'Operation get is not allowed on a disabled secret.';
    return refusal(403, 'Forbidden', message, 'SecretDisabled');
  }
  return { status: 200, body: bundle(asked, name, found) };
}

function deletedOf({ secrets }: VaultRules, asked: Asked, name: string): Answer {
  const gone = secrets.findDeleted(name);
  return gone === undefined
    ? unknown(name)
    : { status: 200, body: deletedBundle(asked, name, gone) };
}

/** A page of `maxresults`, and a link to the next that says where it begins. */
function list(asked: Asked, all: readonly unknown[]): Answer {
  const size = Math.min(Number(asked.query.maxresults ?? pageMax), pageMax);
  const from = Number(asked.query.$skiptoken ?? 0);
  const to = from + size;
  const query = new URLSearchParams({ ...asked.query, $skiptoken: String(to) });
  const nextLink = to < all.length ? `${asked.origin}${asked.path}?${query}` : null;
  return { status: 200, body: { value: all.slice(from, to), nextLink } };
}

function itemOf({ secrets }: VaultRules, asked: Asked, name: string): unknown {
  const newest = secrets.find(name);
  const { id: _id, ...rest } =
    newest === undefined ? { id: '' } : withoutValue(bundle(asked, name, newest));
  return { ...rest, id: `${asked.origin}/secrets/${name}` };
}

function bundle(asked: Asked, name: string, { version, value, attributes, contentType }: Version) {
  return {
    value,
    id: `${asked.origin}/secrets/${name}/${version}`,
    attributes: { ...attributes, recoveryLevel: 'Recoverable+Purgeable', recoverableDays: 90 },
    ...(contentType === undefined ? {} : { contentType }),
  };
}

function withoutValue({ value: _value, ...rest }: ReturnType<typeof bundle>) {
  return rest;
}

function deletedBundle(asked: Asked, name: string, { newest, at }: Deleted) {
  return {
    ...withoutValue(bundle(asked, name, newest)),
    recoveryId: `${asked.origin}/deletedsecrets/${name}`,
    deletedDate: at,
    scheduledPurgeDate: at + 90 * 86_400,
  };
}

function challenge({ tenantId, resource }: VaultRules, asked: Asked, wrong: boolean): Answer {
  const message = wrong
    ? 'AKV10022: The token is not accepted.'
    : 'AKV10000: Request is missing a Bearer or PoP token.';
  const value = `Bearer authorization="${asked.login}/${tenantId}", resource="${resource}"`;
  return { ...refusal(401, 'Unauthorized', message), headers: { 'www-authenticate': value } };
}

function forbidden(right: Right): Answer {
  const message = `Caller is not authorized to perform action on resource. Action: 'Microsoft.KeyVault/vaults/secrets/${right}'.`;
  return refusal(403, 'Forbidden', message, 'ForbiddenByRbac');
}

function unknown(name: string): Answer {
  const message = `A secret with (name/id) ${name} was not found in this key vault. If you recently deleted this secret you may be able to recover it using the correct recovery command. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125182`;
  return refusal(404, 'SecretNotFound', message);
}

function refusal(status: number, code: string, message: string, inner?: string): Answer {
  const innererror = inner === undefined ? {} : { innererror: { code: inner } };
  return { status, body: { error: { code, message, ...innererror } } };
}

type Given = z.output<typeof Written>['attributes'];

function defined(attributes: Given) {
  return (
    attributes && Object.fromEntries(Object.entries(attributes).filter(([, one]) => one != null))
  );
}
