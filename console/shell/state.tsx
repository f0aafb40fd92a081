// A state is a word with an icon and a colour, never a colour alone.
const marks = { done: '✓', running: '◐', waiting: '◷', failed: '✕', quiet: '–' } as const;

export type Tone = keyof typeof marks;

export function State({ tone, children }: { readonly tone: Tone; readonly children: string }) {
  return (
    <span className={`state state-${tone}`}>
      <span aria-hidden="true">{marks[tone]}</span>
      {children}
    </span>
  );
}
