// A state is a word with an icon and a colour, never a colour alone.
const marks = {
  done: 'M2.5 7.5 5.5 10.5 11.5 3.5',
  running: 'M7 1.5a5.5 5.5 0 1 1-5.5 5.5M7 4v3l2 1.5',
  waiting: 'M7 1.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11M7 4v3.2l2 1.3',
  failed: 'M3 3 11 11M11 3 3 11',
  final: 'M7 1.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11M3.2 3.2l7.6 7.6',
  quiet: 'M3 7h8',
} as const;

export type Tone = keyof typeof marks;

export function State({ tone, children }: { readonly tone: Tone; readonly children: string }) {
  return (
    <span className={`state state-${tone}`}>
      <svg aria-hidden="true" viewBox="0 0 14 14" width="14" height="14">
        <path d={marks[tone]} fill="none" stroke="currentColor" strokeWidth="1.7" />
      </svg>
      {children}
    </span>
  );
}
