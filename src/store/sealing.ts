// Sealing: secrets at rest, each under a key of its own, bound to the row and column it stands in.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { refuse } from '#domain/problem.ts';
import { Secret } from '#lib/secret.ts';

/** Where a sealed value stands. Moved to any other place, it does not open. */
export type Place = { readonly table: string; readonly row: string; readonly column: string };

export type Sealing = {
  /** For a bytea column. */
  seal(place: Place, secret: Secret): Buffer;
  unseal(place: Place, sealed: Buffer): Secret;
};

/** The key that wraps the key of every record. Its id stands in what it sealed, for rotation. */
export type MasterKey = { readonly id: string; readonly key: Buffer };

//   offset  bytes  what
//        0      1  version of this format: 1
//        1      8  id of the master key
//        9     12  random IV of the wrapped key        (NIST SP 800-38D §8.2.2: 96 random bits)
//       21     32  the record's key, encrypted by the master key
//       53     16  tag of the wrapped key
//       69     12  random IV of the text
//       81      n  the text, encrypted by the record's key
//     81+n     16  tag of the text
const version = 1;
const at = { keyId: 1, keyIv: 9, key: 21, keyTag: 53, textIv: 69, text: 81 } as const;
const ivBytes = 12;
const tagBytes = 16;
const keyBytes = 32;

/** Seals with the first key; opens with whichever of them it was sealed with. */
export function openSealing(keys: readonly [MasterKey, ...MasterKey[]]): Sealing {
  const [current] = keys;
  return {
    seal: (place, secret) => seal(current, place, secret),
    unseal: (place, sealed) => unseal(keys, place, sealed),
  };
}

function seal(master: MasterKey, place: Place, secret: Secret): Buffer {
  const recordKey = randomBytes(keyBytes);
  const bound = associated(place, master.id);
  const head = Buffer.concat([Buffer.from([version]), Buffer.from(master.id, 'hex')]);
  const wrapped = encrypt(master.key, recordKey, bound('key'));
  const text = encrypt(recordKey, Buffer.from(secret.reveal(), 'utf8'), bound('text'));
  recordKey.fill(0);
  return Buffer.concat([head, wrapped, text]);
}

function unseal(keys: readonly MasterKey[], place: Place, sealed: Buffer): Secret {
  const { table } = place;
  if (sealed.length < at.text + tagBytes || sealed[0] !== version)
    refuse('sealing.broken', { table });
  const keyId = sealed.toString('hex', at.keyId, at.keyIv);
  const master = keys.find(({ id }) => id === keyId);
  if (master === undefined) refuse('sealing.other-key');
  const bound = associated(place, keyId);
  try {
    const recordKey = decrypt(master.key, sealed.subarray(at.keyIv, at.textIv), bound('key'));
    const text = decrypt(recordKey, sealed.subarray(at.textIv), bound('text'));
    recordKey.fill(0);
    return new Secret(text.toString('utf8'));
  } catch (error) {
    refuse('sealing.broken', { table }, error);
  }
}

/** Length before each part, so that no two places spell the same. */
function associated(place: Place, keyId: string): (what: 'key' | 'text') => Buffer {
  const parts = [place.table, place.row, place.column, keyId];
  return (what) =>
    Buffer.from([what, ...parts].map((part) => `${Buffer.byteLength(part)}:${part}`).join('|'));
}

function encrypt(key: Buffer, text: Buffer, associatedData: Buffer): Buffer {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: tagBytes });
  cipher.setAAD(associatedData);
  return Buffer.concat([iv, cipher.update(text), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: Buffer, sealed: Buffer, associatedData: Buffer): Buffer {
  const iv = sealed.subarray(0, ivBytes);
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: tagBytes });
  decipher.setAAD(associatedData);
  decipher.setAuthTag(sealed.subarray(-tagBytes));
  return Buffer.concat([decipher.update(sealed.subarray(ivBytes, -tagBytes)), decipher.final()]);
}
