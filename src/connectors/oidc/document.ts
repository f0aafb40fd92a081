// What a provider says of itself (OpenID Connect Discovery 1.0 §3), as far as sign-on needs it.
import { z } from 'zod';
import type { OidcClient } from '#domain/ports/oidc-providers.ts';
import type { Trace } from '#domain/sso/trace.ts';
import type { Place } from './place.ts';
import { shortened } from './said.ts';

const Names = z.array(z.string().max(200)).max(200);

export const Document = z.object({
  issuer: z.string().min(1).max(2_000),
  authorization_endpoint: z.url(),
  token_endpoint: z.url(),
  jwks_uri: z.url(),
  userinfo_endpoint: z.url().exactOptional(),
  end_session_endpoint: z.url().exactOptional(),
  pushed_authorization_request_endpoint: z.url().exactOptional(),
  require_pushed_authorization_requests: z.boolean().exactOptional(),
  authorization_response_iss_parameter_supported: z.boolean().exactOptional(),
  code_challenge_methods_supported: Names.exactOptional(),
  id_token_signing_alg_values_supported: Names.exactOptional(),
  token_endpoint_auth_methods_supported: Names.exactOptional(),
});
export type Document = z.output<typeof Document>;

const Named = z.looseObject({ issuer: z.string() });

/** Asked at every sign-on, of the document as it was read. */
export function checkDocument(
  raw: unknown,
  place: Place,
  { lab, authentication }: OidcClient,
  trace: Trace,
): Document {
  const named = Named.safeParse(raw).data?.issuer;
  if (named === undefined || !place.isIssuer(named)) {
    trace.refuse(
      'oidc.discovery-issuer',
      named === undefined
        ? 'The document names no issuer.'
        : `The document names the issuer "${shortened(named)}", and "${place.wanted}" was configured.`,
    );
  }
  trace.passed('oidc.discovery-issuer', { issuer: named });
  const document = Document.safeParse(raw);
  if (!document.success) {
    const [issue] = document.error.issues;
    trace.refuse(
      'oidc.metadata',
      `In the document ${issue?.path.join('.') ?? 'something'} is missing or malformed.`,
    );
  }
  const plain = addressesOf(document.data).find(
    (address) => !address.startsWith('https:') && !(lab && address.startsWith('http:')),
  );
  if (plain !== undefined) {
    trace.refuse('oidc.metadata', `The address ${shortened(plain)} is not reached over HTTPS.`);
  }
  trace.passed('oidc.metadata', {
    pushed: document.data.pushed_authorization_request_endpoint !== undefined,
    authentication,
  });
  const methods = document.data.code_challenge_methods_supported;
  if (methods !== undefined && !methods.includes('S256')) {
    trace.refuse(
      'oidc.pkce',
      `The provider takes these methods alone: ${shortened(methods.join(', ')) || 'none'}.`,
    );
  }
  trace.passed('oidc.pkce', { announced: methods !== undefined });
  return document.data;
}

function addressesOf(document: Document): readonly string[] {
  return [
    document.authorization_endpoint,
    document.token_endpoint,
    document.jwks_uri,
    document.userinfo_endpoint,
    document.end_session_endpoint,
    document.pushed_authorization_request_endpoint,
  ].filter((address) => address !== undefined);
}
