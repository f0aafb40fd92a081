// The steps of one sign-on, kept for whoever has to find out why it failed.

/** A check by name: a row of a table (oidc-checks.ts, saml-checks.ts, person-checks.ts). */
export type CheckRow = {
  /** What is asked, for a list: "The issuer is the one that was configured". */
  readonly asks: string;
  /** What an administrator does about it. */
  readonly mend: string;
};

/** What was seen, for the tracer: never a secret, and of claims only what `redact` leaves. */
export type Facts = Readonly<Record<string, string | number | boolean>>;

export type Step = {
  readonly check: string;
  readonly verdict: 'passed' | 'failed';
  /** Of a failed one: what was wrong, in a sentence. */
  readonly because?: string;
  readonly facts?: Facts;
};

/** The refusal of a sign-on: the person sees that it was refused, administrators see the check. */
export class SsoRefusal extends Error {
  readonly check: string;
  readonly facts: Facts;

  constructor(check: string, because: string, facts: Facts = {}, cause?: unknown) {
    super(because, cause === undefined ? undefined : { cause });
    this.name = 'SsoRefusal';
    this.check = check;
    this.facts = facts;
  }
}

export type Trace = {
  readonly steps: readonly Step[];
  passed(check: string, facts?: Facts): void;
  /** Notes the step that failed and throws it. */
  refuse(check: string, because: string, facts?: Facts, cause?: unknown): never;
};

const stepsMax = 200;
const textMax = 600;

/** What came from outside, fit to be kept and shown: no control characters, no halves of letters, not too long. */
export function plainText(text: string, max = textMax): string {
  const plain = text.toWellFormed().replaceAll(/\p{Cc}+/gu, ' ');
  return plain.length <= max ? plain : `${plain.slice(0, max)}…`.toWellFormed();
}

function plainFacts(facts: Facts): Facts {
  return Object.fromEntries(
    Object.entries(facts).map(([name, value]) => [
      plainText(name, 100),
      typeof value === 'string' ? plainText(value) : value,
    ]),
  );
}

/** `before`: the steps of the same sign-on in an earlier request. */
export function openTrace(before: readonly Step[] = []): Trace {
  const steps: Step[] = [...before];
  const note = (step: Step) => {
    if (steps.length < stepsMax) steps.push(step);
  };
  return {
    steps,
    passed: (check, facts) =>
      note({
        check,
        verdict: 'passed',
        ...(facts === undefined ? {} : { facts: plainFacts(facts) }),
      }),
    refuse: (check, because, facts, cause) => {
      note({
        check,
        verdict: 'failed',
        because: plainText(because),
        ...(facts === undefined ? {} : { facts: plainFacts(facts) }),
      });
      throw new SsoRefusal(check, because, facts, cause);
    },
  };
}
