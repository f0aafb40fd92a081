// The master keys and the going through of what they sealed, as people hear of it.

export type Rotation = {
  readonly id: string;
  readonly state: 'running' | 'done' | 'incomplete';
  readonly fromKey: string | null;
  readonly toKey: string;
  readonly startedAt: Date;
  readonly startedBy: string;
  readonly endedAt: Date | null;
  /** Values that were old at the start, brought up to date since, and left because they do not open. */
  readonly total: number;
  readonly resealed: number;
  readonly broken: number;
};

export type MasterKeyFacts = {
  readonly id: string;
  readonly state: 'current' | 'old' | 'retired';
  readonly since: Date;
  readonly retiredAt: Date | null;
  /** How many values are sealed with it. */
  readonly values: number;
};

/** One sentence for a command line, a page and an answer. */
export function sentenceOf(rotation: Rotation): string {
  const { state, total, resealed, broken, fromKey, toKey } = rotation;
  const done = `${resealed} ${resealed === 1 ? 'value' : 'values'}`;
  if (state === 'running') return `${done} of ${Math.max(total, resealed)} are brought up to date.`;
  if (state === 'incomplete') {
    return `${done} were brought up to date; ${broken} do not open and were left as they are, so the old key stays.`;
  }
  return fromKey === null || fromKey === toKey
    ? `${done} were brought up to date; nothing is old any more.`
    : `${done} were sealed anew with the key ${toKey}; the key ${fromKey} is retired.`;
}
