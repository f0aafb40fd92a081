// What the hub says in SAML, and what it reads of a provider before anything is said.
import type { SamlWriter } from '#domain/ports/saml.ts';
import { certificateOf } from './certificate.ts';
import { readProvider } from './idp-metadata.ts';
import { newKey } from './own-key.ts';
import { ownMetadata } from './own-metadata.ts';
import { newId } from './request.ts';
import { asForm, asRedirect } from './signing.ts';

export const samlWriter: SamlWriter = {
  newId,
  newKey,
  asRedirect,
  asForm,
  ownMetadata,
  readProvider,
  certificate: certificateOf,
};
