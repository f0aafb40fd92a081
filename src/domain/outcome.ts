// An outcome is what became of a change; it is returned and stored, never thrown.

export type Outcome =
  | { readonly result: 'done'; readonly targetId?: string; readonly note?: string }
  | { readonly result: 'skipped'; readonly because: string }
  | { readonly result: 'conflict'; readonly because: string }
  | { readonly result: 'waiting'; readonly because: string; readonly until: Date }
  | {
      readonly result: 'failed';
      readonly code: string;
      readonly because: string;
      readonly retryable: boolean;
    };
