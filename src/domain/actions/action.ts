// An action is a value: the console draws its form from `input`, the docs list it, the planner plans with it.
import type { z } from 'zod';
import type { Planned, Subject } from '#domain/subject.ts';

export type Action<Name extends string, Input extends z.ZodType> = {
  readonly name: Name;
  readonly title: string;
  readonly description: string;
  readonly input: Input;
  /** What a step with this input does, as the end of "This automation ...". */
  sentence(input: z.output<Input>): string;
  /** Pure: what this step would change for one person. */
  plan(input: z.output<Input>, subject: Subject): Planned;
};

export function action<Name extends string, Input extends z.ZodType>(
  table: Action<Name, Input>,
): Action<Name, Input> {
  return table;
}
