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

/** `before`: the steps of the same sign-on in an earlier request. */
export function openTrace(before: readonly Step[] = []): Trace {
  const steps: Step[] = [...before];
  const note = (step: Step) => {
    if (steps.length < stepsMax) steps.push(step);
  };
  return {
    steps,
    passed: (check, facts) =>
      note({ check, verdict: 'passed', ...(facts === undefined ? {} : { facts }) }),
    refuse: (check, because, facts, cause) => {
      note({ check, verdict: 'failed', because, ...(facts === undefined ? {} : { facts }) });
      throw new SsoRefusal(check, because, facts, cause);
    },
  };
}
