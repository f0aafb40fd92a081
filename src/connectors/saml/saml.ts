// SAML as single sign-on has it: what the hub says, what it reads of a provider, and the judge of what comes.
import type { Saml } from '#domain/ports/saml.ts';
import { certificateOf } from './certificate.ts';
import { fetchMetadata } from './fetch-metadata.ts';
import { readProvider } from './idp-metadata.ts';
import { newKey } from './own-key.ts';
import { ownMetadata } from './own-metadata.ts';
import { newId } from './request.ts';
import { asForm, asRedirect } from './signing.ts';
import { verifyLogoutRequest, verifyLogoutResponse, verifyResponse } from './verifier.ts';

export const saml: Saml = {
  newId,
  newKey,
  asRedirect,
  asForm,
  ownMetadata,
  readProvider,
  certificate: certificateOf,
  fetchMetadata,
  verifyResponse,
  verifyLogoutRequest,
  verifyLogoutResponse,
};
