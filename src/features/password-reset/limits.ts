// How often what may be tried: by person, by address and overall. Counted before the try, in PostgreSQL.
import type { Tier } from '#store/attempts.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

// A code of an app has six digits: without a bound on a person whoever knows the answers finds it in the end.
// A bound on a person alone would let a stranger keep the owner out for ever; so a browser in which the owner
// has enrolled or succeeded counts for itself, and so does a code by mail, which is bound to its request.
export const tiers = {
  /** Of everything that is asked from one address, 429 beyond. */
  address: { name: 'reset.address', triesMax: 60, windowMs: 15 * minuteMs },
  /** Of everything that is asked of the hub, 429 beyond: so much no desk needs. */
  overall: { name: 'reset.overall', triesMax: 600, windowMs: minuteMs },
  /** Proofs with an app, of one person from one address. */
  pair: { name: 'reset.pair', triesMax: 5, windowMs: 15 * minuteMs },
  /** Proofs with an app, of one person from anywhere. */
  person: { name: 'reset.person', triesMax: 20, windowMs: 4 * hourMs },
  /** Proofs with an app, of one person from a browser of their own. */
  browser: { name: 'reset.browser', triesMax: 10, windowMs: hourMs },
  /** Proofs whose second factor fits: whoever has that much still guesses at the answers. */
  answers: { name: 'reset.answers', triesMax: 10, windowMs: 6 * hourMs },
  /** Answers checked for an application, of one person: there the second factor is missing. */
  application: { name: 'reset.application', triesMax: 10, windowMs: hourMs },
  /** Codes mailed to one person. */
  codes: { name: 'reset.codes', triesMax: 6, windowMs: hourMs },
  /** Mails that tell one person of attempts. */
  told: { name: 'reset.told', triesMax: 1, windowMs: hourMs },
  /** Invitations to enrol, of one person. */
  invitations: { name: 'reset.invitations', triesMax: 5, windowMs: 24 * hourMs },
  /** Links tried from one address, and codes of enrolment. */
  links: { name: 'reset.links', triesMax: 20, windowMs: 15 * minuteMs },
} as const satisfies Record<string, Tier>;

export const times = {
  /** Answers of the pages leave at whole multiples of these. */
  askStepMs: 400,
  proveStepMs: 1_500,
  requestMs: 20 * minuteMs,
  codeMs: 10 * minuteMs,
  enrolmentMs: 60 * minuteMs,
  linkMs: 72 * hourMs,
  /** An outside address is good, and a mail address gets a link, once it stood so long. */
  settledMs: 72 * hourMs,
} as const;

export const codeDigits = 8;
export const triesOfRequest = 5;
export const triesOfCode = 5;
