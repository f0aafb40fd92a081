// How a browser spells what an authenticator says (WebAuthn §5.1, toJSON); binary is base64url.
import { z } from 'zod';

const binary = (charactersMax: number) =>
  z
    .string()
    .min(1)
    .max(charactersMax)
    .regex(/^[\w-]+$/);

const common = {
  id: binary(1_400),
  rawId: binary(1_400),
  type: z.literal('public-key'),
};

/** Extensions are asked for by nobody here. */
const noExtensions = z.unknown().transform(() => ({}));

export const Attestation = z.object({
  ...common,
  clientExtensionResults: noExtensions,
  response: z.object({
    clientDataJSON: binary(8_000),
    attestationObject: binary(60_000),
    transports: z.array(z.string().max(40)).max(20).exactOptional(),
  }),
});
export type Attestation = z.output<typeof Attestation>;

export const Assertion = z.object({
  ...common,
  clientExtensionResults: noExtensions,
  response: z.object({
    clientDataJSON: binary(8_000),
    authenticatorData: binary(8_000),
    signature: binary(8_000),
    userHandle: binary(200).exactOptional(),
  }),
});
export type Assertion = z.output<typeof Assertion>;

/** As the field of a form, which a page's script fills in. */
export const AssertionField = z
  .string()
  .max(40_000)
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue({ code: 'custom', message: 'it is no JSON' });
      return z.NEVER;
    }
  })
  .pipe(Assertion);
