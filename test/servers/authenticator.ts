// An authenticator in memory (WebAuthn §6): makes a passkey on P-256, signs what it is asked, and lies on demand.
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

type Asked = { readonly challenge: string };

export type Lies = {
  readonly origin?: string;
  readonly rpId?: string;
  readonly counter?: number;
  readonly verified?: boolean;
  readonly signature?: Buffer;
  readonly userHandle?: string | null;
};

const base64url = (bytes: Buffer) => bytes.toString('base64url');

export function anAuthenticator(at: { readonly origin: string; readonly rpId: string }) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const id = randomBytes(32);
  let counter = 0;
  let handle = '';

  const clientData = (type: string, { challenge }: Asked, lies: Lies) =>
    Buffer.from(JSON.stringify({ type, challenge, origin: lies.origin ?? at.origin }));

  function authData(lies: Lies, attested: Buffer): Buffer {
    counter += 1;
    const rp = createHash('sha256')
      .update(lies.rpId ?? at.rpId)
      .digest();
    // User present; user verified; attested credential data included.
    const flags = 0x01 | (lies.verified === false ? 0 : 0x04) | (attested.length > 0 ? 0x40 : 0);
    const count = Buffer.alloc(4);
    count.writeUInt32BE(lies.counter ?? counter);
    return Buffer.concat([rp, Buffer.from([flags]), count, attested]);
  }

  function coseKey(): Buffer {
    const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
    // {1: 2 (EC2), 3: -7 (ES256), -1: 1 (P-256), -2: x, -3: y}; RFC 9053 §7.1.1.
    return Buffer.concat([
      Buffer.from('a50102032620012158 20'.replace(' ', ''), 'hex'),
      Buffer.from(x, 'base64url'),
      Buffer.from('225820', 'hex'),
      Buffer.from(y, 'base64url'),
    ]);
  }

  return {
    id: base64url(id),
    make(asked: Asked & { readonly user: { readonly id: string } }, lies: Lies = {}) {
      handle = asked.user.id;
      const length = Buffer.alloc(2);
      length.writeUInt16BE(id.length);
      const data = authData(lies, Buffer.concat([Buffer.alloc(16), length, id, coseKey()]));
      // {"fmt": "none", "attStmt": {}, "authData": bytes}
      const head = Buffer.from('a363666d74646e6f6e656761747453746d74a0686175746844617461', 'hex');
      const size = Buffer.from([0x59, data.length >> 8, data.length & 0xff]);
      return {
        id: base64url(id),
        rawId: base64url(id),
        type: 'public-key',
        clientExtensionResults: {},
        response: {
          clientDataJSON: base64url(clientData('webauthn.create', asked, lies)),
          attestationObject: base64url(Buffer.concat([head, size, data])),
          transports: ['internal'],
        },
      };
    },
    prove(asked: Asked, lies: Lies = {}) {
      const data = authData(lies, Buffer.alloc(0));
      const client = clientData('webauthn.get', asked, lies);
      const signed = Buffer.concat([data, createHash('sha256').update(client).digest()]);
      const userHandle = lies.userHandle === undefined ? handle : lies.userHandle;
      return {
        id: base64url(id),
        rawId: base64url(id),
        type: 'public-key',
        clientExtensionResults: {},
        response: {
          clientDataJSON: base64url(client),
          authenticatorData: base64url(data),
          signature: base64url(lies.signature ?? sign('sha256', signed, privateKey)),
          ...(userHandle === null ? {} : { userHandle }),
        },
      };
    },
  };
}
