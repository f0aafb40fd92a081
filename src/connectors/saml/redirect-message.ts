// A message in a query (SAML bindings §3.4): signed over the very octets that came, then deflated, within limits.
import { inflateRawSync } from 'node:zlib';
import type { ProviderExpectation } from '#domain/sso/saml-messages.ts';
import { fromBase64, signings } from './algorithms.ts';
import type { Finding, Row } from './check.ts';
import { once } from './octets.ts';
import { scanLimits } from './scan.ts';
import { certificatesOf, type Judged, signerOf } from './signer.ts';

export type MessageParameter = 'SAMLRequest' | 'SAMLResponse';

export type Query = Judged & {
  readonly wanted: MessageParameter;
  /** Names and values as they came, nothing decoded. */
  readonly parameters: readonly (readonly [string, string])[];
  readonly inflated: () => Buffer | undefined;
};

const known: ReadonlySet<string> = new Set([
  ...['SAMLRequest', 'SAMLResponse', 'RelayState', 'SAMLEncoding', 'SigAlg', 'Signature'],
]);
const deflate = 'urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE';
const queryCharactersMax = 64 * 1024;

/** `query`: what stood after the question mark. */
export function queryOf(
  query: string,
  wanted: MessageParameter,
  expected: ProviderExpectation,
): Query {
  const parameters =
    query.length > queryCharactersMax
      ? []
      : query.split('&').map((pair): readonly [string, string] => {
          const equals = pair.indexOf('=');
          return equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
        });
  const raw = (name: string) => parameters.find(([each]) => each === name)?.[1];
  const signingName = decoded(raw('SigAlg'));
  const signing = signings.get(signingName ?? '');
  const certificates = certificatesOf(expected);
  return {
    ...{ wanted, parameters, expected, signing, signingName, certificates },
    by: once(() => {
      const value = fromBase64(decoded(raw('Signature')) ?? '');
      if (signing === undefined || value === undefined) return undefined;
      return signerOf(certificates, signing, signedOctets(wanted, raw), value);
    }),
    inflated: once(() => inflate(decoded(raw(wanted)))),
  };
}

/** The order is the binding's, whatever the order of the query; the octets are the query's. */
function signedOctets(wanted: MessageParameter, raw: (name: string) => string | undefined): string {
  return [wanted, 'RelayState', 'SigAlg']
    .flatMap((name) => (raw(name) === undefined ? [] : [`${name}=${raw(name)}`]))
    .join('&');
}

export const queryChecks: readonly Row<Query>[] = [
  { name: 'saml.query', run: queryFault },
  {
    name: 'saml.query-signed',
    run: ({ parameters }) =>
      ['SigAlg', 'Signature'].every((name) => parameters.some(([each]) => each === name))
        ? undefined
        : 'Its query is not signed.',
  },
];

export const inflationChecks: readonly Row<Query>[] = [
  {
    name: 'saml.inflate',
    run: ({ inflated }) =>
      inflated() === undefined
        ? 'Its message is no deflated text, or a larger one than any message.'
        : undefined,
  },
];

function queryFault({ parameters, wanted }: Query): Finding {
  const names = parameters.map(([name]) => name);
  if (new Set(names).size !== names.length) return 'A parameter stands in the query twice.';
  if (names.some((name) => !known.has(name)))
    return 'The query has a parameter that is none of SAML’s.';
  const messages = names.filter((name) => name === 'SAMLRequest' || name === 'SAMLResponse');
  if (messages.length !== 1 || messages[0] !== wanted)
    return `The query holds no ${wanted}, or more than that.`;
  const values = new Map(parameters.map(([name, value]) => [name, decoded(value)]));
  if ([...values.values()].includes(undefined)) return 'The query is not encoded as a URL.';
  return (values.get('SAMLEncoding') ?? deflate) === deflate
    ? undefined
    : 'The message is encoded otherwise than by DEFLATE.';
}

function decoded(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}

function inflate(base64: string | undefined): Buffer | undefined {
  const deflated = fromBase64(base64 ?? '');
  if (deflated === undefined) return undefined;
  try {
    return inflateRawSync(deflated, { maxOutputLength: scanLimits.bytesMax });
  } catch {
    return undefined;
  }
}
