// Every hostile message there is, made anew with keys of its own.
import type { Hostile, Keys } from './hostile.ts';
import { assertionAttacks } from './hostile-assertions.ts';
import { borrowings } from './hostile-borrowing.ts';
import { documentAttacks } from './hostile-documents.ts';
import { encryptionAttacks } from './hostile-encryption.ts';
import { logoutAttacks } from './hostile-logouts.ts';
import { octetAttacks } from './hostile-octets.ts';
import { profileAttacks } from './hostile-profile.ts';
import { queryAttacks } from './hostile-queries.ts';
import { signatureFormAttacks } from './hostile-signature-forms.ts';
import { signatureAttacks } from './hostile-signatures.ts';
import { wrappings } from './hostile-wrapping.ts';

export type Family = { readonly name: string; readonly messages: readonly Hostile[] };

export function corpus(keys: Keys): readonly Family[] {
  return [
    { name: 'Signature wrapping', messages: wrappings(keys.idp) },
    { name: 'Borrowed and missing signatures', messages: borrowings(keys.idp, keys.stranger) },
    { name: 'Octets and encodings', messages: octetAttacks(keys.idp) },
    { name: 'Sizes and readings of the parser', messages: documentAttacks(keys.idp) },
    { name: 'Keys and algorithms of signatures', messages: signatureAttacks(keys) },
    { name: 'Parts of signatures', messages: signatureFormAttacks(keys) },
    {
      name: 'Assertions for another place, time or question',
      messages: assertionAttacks(keys.idp),
    },
    { name: 'Responses for another place, time or question', messages: profileAttacks(keys.idp) },
    {
      name: 'Logout messages for another place, time or question',
      messages: logoutAttacks(keys.idp),
    },
    { name: 'Encryption', messages: encryptionAttacks(keys) },
    { name: 'Messages in a query', messages: queryAttacks(keys) },
  ];
}
