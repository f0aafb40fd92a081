// Has the browser make a passkey: what JSON spells as base64url becomes bytes, and the other way.
import { z } from 'zod';

const known = z.object({ id: z.string(), type: z.literal('public-key') });

export const PasskeyOptions = z.looseObject({
  challenge: z.string(),
  rp: z.object({ id: z.string(), name: z.string() }),
  user: z.object({ id: z.string(), name: z.string(), displayName: z.string() }),
  pubKeyCredParams: z.array(z.object({ type: z.literal('public-key'), alg: z.number() })),
  timeout: z.number(),
  excludeCredentials: z.array(known),
});

/** What the browser said, as the hub takes it; throws what the browser throws when one gives up. */
export async function makePasskey(options: z.infer<typeof PasskeyOptions>) {
  const { challenge, rp, user, pubKeyCredParams, timeout } = options;
  const made = await navigator.credentials.create({
    publicKey: {
      challenge: bytes(challenge),
      rp,
      user: { ...user, id: bytes(user.id) },
      pubKeyCredParams,
      timeout,
      excludeCredentials: options.excludeCredentials.map((one) => ({ ...one, id: bytes(one.id) })),
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      attestation: 'none',
    },
  });
  if (!(made instanceof PublicKeyCredential)) throw new Error('The browser made no passkey.');
  const { response } = made;
  if (!(response instanceof AuthenticatorAttestationResponse)) {
    throw new Error('The browser answered with something else than a passkey.');
  }
  return {
    id: made.id,
    rawId: letters(made.rawId),
    type: 'public-key',
    clientExtensionResults: {},
    response: {
      clientDataJSON: letters(response.clientDataJSON),
      attestationObject: letters(response.attestationObject),
      transports: response.getTransports(),
    },
  };
}

/** Whether this browser has passkeys at all. */
export function hasPasskeys(): boolean {
  return typeof PublicKeyCredential === 'function';
}

/** The browser's own error where somebody gave up says nothing a person understands. */
export function inWords(error: Error): Error {
  if (error.name === 'NotAllowedError' || error.name === 'AbortError') {
    return new Error('No passkey was made: it was cancelled, or took too long.');
  }
  if (error.name === 'InvalidStateError') {
    return new Error('This device holds a passkey of yours already.');
  }
  return error;
}

export function bytes(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
}

export function letters(buffer: ArrayBuffer): string {
  const signs = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join('');
  return btoa(signs).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
