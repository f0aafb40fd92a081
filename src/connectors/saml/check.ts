// A check is a row of a table: its name, and what it found wrong; the tables are asked in order.
import type { SamlCheck } from '#domain/sso/saml-checks.ts';
import type { Facts, Trace } from '#domain/sso/trace.ts';

/** Undefined: it holds. Else a sentence for an administrator, without secrets. */
export type Finding =
  | string
  | { readonly because: string; readonly facts?: Facts; readonly cause?: unknown }
  | undefined;

export type Row<Seen> = {
  readonly name: SamlCheck;
  readonly run: (seen: Seen) => Finding;
};

/** Notes each check that holds; the first that does not refuses. */
export function ask<Seen>(rows: readonly Row<Seen>[], seen: Seen, trace: Trace): void {
  for (const { name, run } of rows) {
    const finding = run(seen);
    if (finding === undefined) {
      trace.passed(name);
      continue;
    }
    const found = typeof finding === 'string' ? { because: finding } : finding;
    trace.refuse(name, found.because, found.facts, found.cause);
  }
}

/** The first finding of a table, for a document within another. */
export function firstFinding<Seen>(rows: readonly Row<Seen>[], seen: Seen): Finding {
  for (const { run } of rows) {
    const finding = run(seen);
    if (finding !== undefined) return finding;
  }
  return undefined;
}

/** Values from a message are shown short: they come from anybody. */
export function shown(value: string | undefined): string {
  if (value === undefined) return 'none';
  return value.length > 200 ? `${value.slice(0, 200)}…` : value;
}
