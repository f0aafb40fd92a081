// Sealing: secrets at rest, each under a key of its own, bound to the row and column it stands in.
import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto';
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

/** Nothing for a key that nobody gave. */
export type FindKey = (id: string) => MasterKey | undefined;

//   offset  bytes  what
//        0      1  version of this format: 2 (1 bound the text to the master key as well)
//        1      8  id of the master key
//        9     12  random IV of the wrapped key        (NIST SP 800-38D §8.2.2: 96 random bits)
//       21     32  the record's key, encrypted by the master key
//       53     16  tag of the wrapped key
//       69     12  random IV of the text
//       81      n  the text, encrypted by the record's key
//     81+n     16  tag of the text
export const formatVersion = 2;
const firstVersion = 1;
const at = { keyId: 1, keyIv: 9, key: 21, keyTag: 53, textIv: 69, text: 81 } as const;
const ivBytes = 12;
const tagBytes = 16;
const keyBytes = 32;

/** Seals with the first key; opens with whichever of them it was sealed with. */
export function openSealing(keys: readonly [MasterKey, ...MasterKey[]]): Sealing {
  const [current] = keys;
  const find: FindKey = (id) => keys.find((key) => key.id === id);
  return {
    seal: (place, secret) => seal(current, place, secret),
    unseal: (place, sealed) => unseal(find, place, sealed),
  };
}

export function seal(master: MasterKey, place: Place, secret: Secret): Buffer {
  const recordKey = randomBytes(keyBytes);
  const bound = associated(formatVersion, place, master.id);
  const text = encrypt(recordKey, Buffer.from(secret.reveal(), 'utf8'), bound('text'));
  const wrapped = encrypt(master.key, recordKey, bound('key'));
  recordKey.fill(0);
  return Buffer.concat([headOf(master), wrapped, text]);
}

export function unseal(find: FindKey, place: Place, sealed: Buffer): Secret {
  const { recordKey, bound } = unwrap(find, place, sealed);
  try {
    const text = decrypt(recordKey, sealed.subarray(at.textIv), bound('text'));
    return new Secret(text.toString('utf8'));
  } catch (error) {
    refuse('sealing.broken', { table: place.table }, error);
  } finally {
    recordKey.fill(0);
  }
}

/**
 * The same value under another master key. Its text is tried first, so that nothing broken is passed on as
 * sound; then only the record's key is wrapped anew, and the text stays as it is, unless the format is old.
 */
export function reseal(find: FindKey, master: MasterKey, place: Place, sealed: Buffer): Buffer {
  const secret = unseal(find, place, sealed);
  if (sealed[0] !== formatVersion) return seal(master, place, secret);
  const { recordKey } = unwrap(find, place, sealed);
  const bound = associated(formatVersion, place, master.id);
  const wrapped = encrypt(master.key, recordKey, bound('key'));
  recordKey.fill(0);
  return Buffer.concat([headOf(master), wrapped, sealed.subarray(at.textIv)]);
}

/** The id of the master key that a value names. */
export function keyIdOf(sealed: Buffer): string {
  return sealed.toString('hex', at.keyId, at.keyIv);
}

function headOf(master: MasterKey): Buffer {
  return Buffer.concat([Buffer.from([formatVersion]), Buffer.from(master.id, 'hex')]);
}

type Associated = (what: 'key' | 'text') => Buffer;

function unwrap(
  find: FindKey,
  place: Place,
  sealed: Buffer,
): { readonly recordKey: Buffer; readonly bound: Associated } {
  const { table } = place;
  const [version] = sealed;
  const isKnown = version === formatVersion || version === firstVersion;
  if (sealed.length < at.text + tagBytes || !isKnown) refuse('sealing.broken', { table });
  const keyId = keyIdOf(sealed);
  const master = find(keyId);
  if (master === undefined) refuse('sealing.other-key', { key: keyId });
  const bound = associated(version, place, keyId);
  try {
    const wrapped = sealed.subarray(at.keyIv, at.textIv);
    return { recordKey: decrypt(master.key, wrapped, bound('key')), bound };
  } catch (error) {
    refuse('sealing.broken', { table }, error);
  }
}

/** Length before each part, so that no two places spell the same. */
function associated(version: number, place: Place, keyId: string): Associated {
  const { table, row, column } = place;
  return (what) => {
    const named = version === firstVersion || what === 'key' ? [keyId] : [];
    const parts = [what, table, row, column, ...named];
    return Buffer.from(parts.map((part) => `${Buffer.byteLength(part)}:${part}`).join('|'));
  };
}

/** Node 24 takes a key object a quarter of the time it takes to find out that bytes are a key. */
function encrypt(key: Buffer, text: Buffer, associatedData: Buffer): Buffer {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv('aes-256-gcm', createSecretKey(key), iv, {
    authTagLength: tagBytes,
  });
  cipher.setAAD(associatedData);
  return Buffer.concat([iv, cipher.update(text), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: Buffer, sealed: Buffer, associatedData: Buffer): Buffer {
  const iv = sealed.subarray(0, ivBytes);
  const decipher = createDecipheriv('aes-256-gcm', createSecretKey(key), iv, {
    authTagLength: tagBytes,
  });
  decipher.setAAD(associatedData);
  decipher.setAuthTag(sealed.subarray(-tagBytes));
  return Buffer.concat([decipher.update(sealed.subarray(ivBytes, -tagBytes)), decipher.final()]);
}
