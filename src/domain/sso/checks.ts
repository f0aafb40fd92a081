// Every check of a sign-on by its name: what the tracer tells of it.
import { own } from '#lib/own.ts';
import { oidcChecks } from './oidc-checks.ts';
import { personChecks } from './person-checks.ts';
import { samlChecks } from './saml-checks.ts';
import { samlDoorChecks } from './saml-door-checks.ts';
import type { CheckRow } from './trace.ts';

const checks: Readonly<Record<string, CheckRow>> = {
  ...oidcChecks,
  ...samlChecks,
  ...samlDoorChecks,
  ...personChecks,
};

/** Undefined for one that is no longer asked: attempts outlive versions. */
export function checkNamed(name: string): CheckRow | undefined {
  return own(checks, name);
}
