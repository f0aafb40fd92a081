// Halo's spelling of security questions and of its password reset tool (halo-api.md 2.1 and 2.2).
import { z } from 'zod';
import { halo, warning, writeOnly } from '#http/halo/members.ts';
import { haloModel } from '#http/halo/model.ts';

/** Why answers alone open nothing here: OWASP ASVS 5.0, 6.4.2, and NIST SP 800-63B-4. */
export const notAlone =
  'Answers to questions can be found out or guessed, so they are never enough by themselves: a reset always asks for a second factor too.';

export const SecurityQuestionWire = haloModel('SecurityQuestion', {
  id: halo.int,
  name: halo.text.nullable(),
  enabled: halo.bool.nullable(),
  answer: writeOnly(halo.text.max(1_000).nullable(), 'Read in NPR_Result.questions alone.'),
  _warning: warning,
});

const name = halo.text.max(1_000).nullable();

export const NprResultWire = haloModel(
  'NPR_Result',
  {
    windows_user: name,
    email_address: name,
    activedirectory_dn: name,
    onpremise_activedirectory_dn: name,
    enrolled: halo.bool.nullable(),
    questions: z.array(SecurityQuestionWire).max(20).nullable(),
    hide_answers: halo.bool.nullable(),
    validated: halo.bool.nullable(),
  },
  `Whom it concerns stands in one or more of the first four members, which must agree. Without questions: which ones are asked. With questions [{id, answer}]: whether all of them fit. ${notAlone}`,
);

export function questionWire(question: {
  readonly id: number;
  readonly name: string;
  readonly enabled: boolean;
}) {
  const { id, name: text, enabled } = question;
  return { id, name: text, enabled, _warning: notAlone };
}
