// The NameID of a session, as it is kept beside it: all that it bore, for the provider knows it by all of that.
import { z } from 'zod';
import type { NameId } from '#domain/sso/saml-messages.ts';
import { Secret } from '#lib/secret.ts';

const Text = z.string().optional();
const Kept = z.object({
  value: z.string(),
  format: z.string(),
  qualifiers: z.object({ nameQualifier: Text, spNameQualifier: Text, spProvidedId: Text }),
});

export function kept(nameId: NameId): Secret {
  return new Secret(JSON.stringify(nameId));
}

export function nameIdFrom(hint: Secret): NameId {
  const { value, format, qualifiers } = Kept.parse(JSON.parse(hint.reveal()));
  const { nameQualifier, spNameQualifier, spProvidedId } = qualifiers;
  return { value, format, qualifiers: { nameQualifier, spNameQualifier, spProvidedId } };
}
