// What the browser brought back, judged before anything in it is used (RFC 6749 §4.1.2, RFC 9207).
import type { OidcClient } from '#domain/ports/oidc-providers.ts';
import type { Trace } from '#domain/sso/trace.ts';
import type { Document } from './document.ts';
import { saidBy } from './errors.ts';
import { tenantWord } from './place.ts';
import { shortened } from './said.ts';

const once = ['code', 'state', 'iss', 'error', 'error_description', 'session_state'];
const neverHere = ['id_token', 'access_token', 'token', 'response'];

/** The code. The issuer comes first: an error or a code of another provider is nothing to us (mix-up). */
export function readAnswer(
  { searchParams }: URL,
  client: OidcClient,
  document: Document,
  trace: Trace,
): string {
  const twice = once.find((name) => searchParams.getAll(name).length > 1);
  const strange = neverHere.find((name) => searchParams.has(name));
  if (twice !== undefined || strange !== undefined) {
    trace.refuse(
      'oidc.response',
      twice === undefined
        ? `The answer holds ${strange}, which was not asked for.`
        : `The answer holds ${twice} more than once.`,
    );
  }
  checkResponseIssuer(searchParams.get('iss'), client, document, trace);
  const error = searchParams.get('error');
  if (error !== null) {
    const description = searchParams.get('error_description') ?? undefined;
    trace.refuse('oidc.provider-error', saidBy(error, description), { error: shortened(error) });
  }
  trace.passed('oidc.provider-error');
  const code = searchParams.get('code') ?? '';
  if (code === '') trace.refuse('oidc.response', 'The answer holds no code.');
  trace.passed('oidc.response');
  return code;
}

function checkResponseIssuer(
  iss: string | null,
  { preset }: OidcClient,
  document: Document,
  trace: Trace,
): void {
  if (iss === null) {
    if (document.authorization_response_iss_parameter_supported === true) {
      trace.refuse('oidc.response-issuer', 'The answer does not say whose it is (iss).');
    }
    trace.passed('oidc.response-issuer', { present: false });
    return;
  }
  const right =
    preset === 'entra-multi'
      ? iss === document.issuer || isOfTemplate(iss, document.issuer)
      : iss === document.issuer;
  if (!right) {
    trace.refuse(
      'oidc.response-issuer',
      `The answer is of "${shortened(iss)}" instead of "${document.issuer}".`,
    );
  }
  trace.passed('oidc.response-issuer', { present: true });
}

function isOfTemplate(issuer: string, template: string): boolean {
  const [before = '', after = ''] = template.split(tenantWord);
  const tenant = issuer.slice(before.length, issuer.length - after.length);
  return issuer === `${before}${tenant}${after}` && /^[0-9a-f-]{36}$/i.test(tenant);
}
