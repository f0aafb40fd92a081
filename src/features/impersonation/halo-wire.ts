// Halo's ImpersonationRequest (halo-api.md 2.6), member by member.
import { answered, halo, warning } from '#http/halo/members.ts';
import { haloModel } from '#http/halo/model.ts';

const members = {
  irid: answered(halo.int),
  requestor: answered(halo.int, 'The agent who asks: from the sign-in, whatever is posted.'),
  agent: halo.int.nullable(),
  user: halo.int.nullable(),
  timestamp: answered(halo.time.nullable()),
  enc_id: answered(halo.int.nullable(), 'Always null: of the token a hash alone is kept.'),
  token_used: answered(halo.bool.nullable()),
  used_timestamp: answered(halo.time.nullable()),
  jwt: answered(halo.text.nullable(), 'The one-time token, in the answer to the POST alone.'),
  _warning: warning,
} as const;

export const ImpersonationRequest = haloModel('ImpersonationRequest', members);

/** Halo has no word for why; the hub does not do without one. */
export const NewImpersonationRequest = haloModel('NewImpersonationRequest', {
  agent: members.agent,
  user: members.user,
  reason: halo.text.nullable(),
});
