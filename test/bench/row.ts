// A benchmark's result: one figure beside its reference from the same run, and whether the goal holds.

export type Row = {
  readonly issue: number;
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What it is measured against, in words; null where the goal is a bound alone. */
  readonly reference: string | null;
  readonly referenceValue: number | null;
  readonly ratio: number | null;
  readonly goal: string;
  readonly ok: boolean;
};

export type Bench = {
  readonly name: string;
  /** Undefined when this machine lacks a server it needs, which is said. */
  run(): Promise<readonly Row[] | { readonly absent: string }>;
};
