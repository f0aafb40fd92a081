// What the guards say of a plan, with their arithmetic; those with nothing to count are folded.
import { State } from '#console/shell/state.tsx';
import type { GuardWire } from '#features/automation/wire.ts';
import { counted, guardsInOrder } from './plan-view.ts';
import { guardVerdicts } from './states.ts';

export function Guards({ guards }: { readonly guards: readonly GuardWire[] }) {
  const { shown, quiet } = guardsInOrder(guards);
  return (
    <section aria-label="Guards">
      <GuardList guards={shown} />
      {quiet.length === 0 ? null : (
        <details className="folded">
          <summary>
            {shown.length === 0
              ? `${counted(quiet.length, 'guard')}, nothing found`
              : `${counted(quiet.length, 'more guard')} ${quiet.length === 1 ? 'passes' : 'pass'}`}
          </summary>
          <GuardList guards={quiet} />
        </details>
      )}
    </section>
  );
}

function GuardList({ guards }: { readonly guards: readonly GuardWire[] }) {
  if (guards.length === 0) return null;
  return (
    <ul className="guards">
      {guards.map(({ name, verdict, sentence }) => (
        <li key={name}>
          <State tone={guardVerdicts[verdict].tone}>{guardVerdicts[verdict].word}</State>
          <span title={name}>{sentence}</span>
        </li>
      ))}
    </ul>
  );
}
