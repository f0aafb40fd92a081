// How a secret link is spelt as Halo's SecureSecretLink.
import { answered, halo, writeOnly } from '#http/halo/members.ts';
import { haloModel } from '#http/halo/model.ts';
import { haloTime, haloTimeOrNull } from '#http/halo/time.ts';
import { linkLimits, type SecretLink } from './model.ts';

export const SecureSecretLink = haloModel(
  'SecureSecretLink',
  {
    id: halo.int,
    ticket_id: halo.int.nullable(),
    user_id: halo.int.nullable(),
    viewed: answered(halo.bool.nullable()),
    date_viewed: answered(halo.time.nullable()),
    new_secure_secret_value: writeOnly(halo.text.max(linkLimits.textMax).nullable()),
    password_link_expiration: halo.int.meta({ description: 'Hours, from when it was made.' }),
    expiry_date: answered(halo.time.nullable()),
    new_secure_passphrase: writeOnly(halo.text.max(linkLimits.passphraseMax).nullable()),
    attempts: answered(halo.int.nullable(), 'Wrong passphrases so far.'),
    generated_secure_link: answered(
      halo.text.nullable(),
      'In the answer of its making alone: the key in it is kept nowhere.',
    ),
    _isvalidate: halo.bool,
  },
  'A secret that is handed over once, by a link.',
);

export function linkToHalo(link: SecretLink, generatedLink: string | null, isValidate = false) {
  return {
    id: link.id,
    ticket_id: link.ticketId ?? null,
    user_id: link.userId ?? null,
    viewed: link.viewedAt !== undefined,
    date_viewed: haloTimeOrNull(link.viewedAt),
    password_link_expiration: link.hours,
    expiry_date: haloTime(link.expiresAt),
    attempts: link.wrongPassphrases,
    generated_secure_link: generatedLink,
    _isvalidate: isValidate,
  };
}
