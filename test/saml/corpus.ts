// Every hostile message there is, made anew with keys of its own.
import type { Hostile, Keys } from './hostile.ts';
import { encryptionAttacks } from './hostile-encryption.ts';
import { octetAttacks } from './hostile-octets.ts';
import { profileAttacks } from './hostile-profile.ts';
import { queryAttacks } from './hostile-queries.ts';
import { signatureAttacks } from './hostile-signatures.ts';
import { wrappings } from './hostile-wrapping.ts';

export type Family = { readonly name: string; readonly messages: readonly Hostile[] };

export function corpus(keys: Keys): readonly Family[] {
  return [
    { name: 'Signature wrapping', messages: wrappings(keys.idp, keys.stranger) },
    { name: 'The octets and the parser', messages: octetAttacks(keys.idp) },
    { name: 'Keys, algorithms and parts of signatures', messages: signatureAttacks(keys) },
    { name: 'Meant for another place, time or question', messages: profileAttacks(keys.idp) },
    { name: 'Encryption', messages: encryptionAttacks(keys) },
    { name: 'Messages in a query', messages: queryAttacks(keys) },
  ];
}
