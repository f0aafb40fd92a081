// How secret links are spelt: in /v1, and on the page's own endpoints.
import { z } from 'zod';
import { linkLimits, linkStates, type SecretLink, stateAt } from './model.ts';

const when = z.iso.datetime();
const base64 = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/^[\w-]+$/, 'is not base64url');

/** 128 bits, chosen by who encrypts: the ciphertext is bound to it. */
export const TokenWire = z.string().regex(/^[\w-]{22}$/, 'is not 22 letters of base64url');
/** 256 bits. */
export const ProofWire = z.string().regex(/^[\w-]{43}$/, 'is not 43 letters of base64url');
/** A text at its longest, padded, encrypted, with a public key before it. */
export const contentTextMax = 560_000;
export const ContentWire = base64(contentTextMax);
export const PartWire = base64;

const label = z
  .string()
  .trim()
  .min(1)
  .max(linkLimits.labelMax)
  .regex(/^[^\p{Cc}]*$/u, 'holds control characters');

export const SecretLinkWire = z
  .object({
    id: z.int32(),
    kind: z.enum(['secret', 'request']),
    label: z.string(),
    state: z.enum(linkStates),
    sender: z.object({ kind: z.string(), id: z.string(), name: z.string() }),
    hasPassphrase: z.boolean(),
    isFile: z.boolean(),
    revealsMax: z.int32(),
    revealsLeft: z.int32(),
    wrongPassphrases: z.int32(),
    tellMe: z.boolean(),
    ticketId: z.int32().nullable(),
    userId: z.int32().nullable(),
    createdAt: when,
    expiresAt: when,
    viewedAt: when.nullable(),
    endedAt: when.nullable(),
  })
  .meta({ id: 'SecretLink' });
export type SecretLinkWire = z.infer<typeof SecretLinkWire>;

export const SecretLinksWire = z.object({
  items: z.array(SecretLinkWire),
  next: z.int32().nullable(),
});

export const LinkRulesWire = z.object({
  hours: z.int32(),
  hoursMax: z.int32(),
  fileBytesMax: z.int(),
  partBytes: z.int32(),
  revealsMax: z.int32(),
  passphraseMin: z.int32(),
  textMax: z.int32(),
});

const common = {
  token: TokenWire,
  label: label.default('A secret'),
  /** Proves that the fragment is known: HKDF of its key. */
  proof: ProofWire,
  hours: z.int32().min(1).optional(),
  ticketId: z.int32().nullable().default(null),
  userId: z.int32().nullable().default(null),
  tellMe: z.boolean().default(false),
};

/** What a browser has encrypted: neither the value nor a key is in it. */
export const NewSecretLinkWire = z.discriminatedUnion('kind', [
  z.object({
    ...common,
    kind: z.literal('secret'),
    passphraseProof: ProofWire.optional(),
    content: ContentWire,
    /** Of a file that follows in pieces; 0 for a text. */
    fileBytes: z.int().min(0).default(0),
    reveals: z.int32().min(1).max(linkLimits.revealsMax).default(1),
  }),
  z.object({ ...common, kind: z.literal('request'), giveProof: ProofWire }),
]);

export function linkToWire(link: SecretLink, now: Date): SecretLinkWire {
  const { ticketId, userId, viewedAt, endedAt } = link;
  return {
    id: link.id,
    kind: link.kind,
    label: link.label,
    state: stateAt(link, now),
    sender: link.sender,
    hasPassphrase: link.hasPassphrase,
    isFile: link.parts > 0,
    revealsMax: link.revealsMax,
    revealsLeft: link.revealsLeft,
    wrongPassphrases: link.wrongPassphrases,
    tellMe: link.tellSender,
    ticketId: ticketId ?? null,
    userId: userId ?? null,
    createdAt: link.createdAt.toISOString(),
    expiresAt: link.expiresAt.toISOString(),
    viewedAt: viewedAt?.toISOString() ?? null,
    endedAt: endedAt?.toISOString() ?? null,
  };
}

export const LookWire = z.discriminatedUnion('mode', [
  z.object({
    mode: z.literal('give'),
    sender: z.string(),
    expiresAt: when,
    fileBytesMax: z.int(),
    partBytes: z.int(),
  }),
  z.object({
    mode: z.literal('read'),
    sender: z.string(),
    passphrase: z.boolean(),
    expiresAt: when.nullable(),
    left: z.int32().nullable(),
  }),
]);

export const RevealedWire = z.object({
  content: z.string(),
  parts: z.int32(),
  pass: z.string().nullable(),
  left: z.int32(),
});
