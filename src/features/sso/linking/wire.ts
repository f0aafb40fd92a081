// How links are spelt in /v1; the console reads these too.
import { z } from 'zod';
import { redact } from '#domain/sso/redact.ts';
import type { Link } from '#features/sso/links.ts';
import { entities } from '#features/sso/model.ts';
import { pageOf } from '#http/page.ts';

export const SsoLinkWire = z
  .object({
    id: z.int(),
    issuer: z.string(),
    /** Its beginning: enough to compare. */
    subject: z.string(),
    owner: z.object({ kind: z.enum(entities), id: z.int(), name: z.string() }),
    matchedBy: z.string(),
    madeAt: z.iso.datetime(),
    lastUsedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'SsoLink' });
export type SsoLinkWire = z.output<typeof SsoLinkWire>;

export const SsoLinksWire = pageOf(SsoLinkWire);

const identifier = z
  .string()
  .min(1)
  .max(1_024)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u);
const owner = z.strictObject({ kind: z.enum(entities), id: z.int32().positive() });

/** Either the identity itself, or the attempt in which it was proven. */
export const NewSsoLinkWire = z.union([
  z.strictObject({ attempt: z.int().positive(), owner }),
  z.strictObject({ issuer: identifier, subject: identifier, owner }),
]);
export type NewSsoLinkWire = z.output<typeof NewSsoLinkWire>;

export function linkWire(link: Link & { readonly name: string }) {
  const { madeAt, lastUsedAt, name, owner, subject, ...told } = link;
  return {
    ...told,
    subject: redact(subject),
    owner: { ...owner, name },
    madeAt: madeAt.toISOString(),
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
  };
}
