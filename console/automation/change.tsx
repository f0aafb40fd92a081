// One change: a line `system · action · target`, then before and after with the reasons beneath.
import { Text } from '@mantine/core';
import { State } from '#console/shell/state.tsx';
import type { ChangeWire } from '#features/automation/wire.ts';
import { deskKinds, isOfSync } from './desk-words.ts';
import { type DiffRow, diffRows, otherReasons, targetOf } from './plan-view.ts';
import { kinds } from './states.ts';

export function Change({ change }: { readonly change: ChangeWire }) {
  const rows = diffRows(change);
  const target = targetOf(change);
  const verb = (isOfSync(change) ? deskKinds[change.kind] : undefined) ?? kinds[change.kind];
  return (
    <article className="change" aria-label={`${verb} ${target}`}>
      <div className="change-line">
        <span className="change-what">
          {verb} <strong title={change.target.id}>{target}</strong>
        </span>
        <Text component="span" size="sm" c="dimmed">
          {change.system}
        </Text>
        {change.reversible ? null : <State tone="final">cannot be undone</State>}
      </div>
      {rows.length === 0 ? null : (
        <Diff rows={rows} word={isOfSync(change) ? 'field' : 'attribute'} />
      )}
      <Reasons change={change} />
    </article>
  );
}

/** Two columns where something was before; one where everything is new. */
function Diff({ rows, word }: { readonly rows: readonly DiffRow[]; readonly word: string }) {
  const anew = rows.every(({ before }) => before.length === 0);
  return (
    <table className={anew ? 'diff anew' : 'diff'}>
      <thead>
        <tr>
          <th scope="col" className="attribute">
            {word}
          </th>
          {anew ? null : <th scope="col">now</th>}
          <th scope="col">{anew ? 'value' : 'then'}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.attribute}>
            <th scope="row">{row.attribute}</th>
            {anew ? null : <Values side="before" values={row.before} />}
            <Values side="after" values={row.after} because={row.because} />
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Values(shown: {
  readonly side: 'before' | 'after';
  readonly values: readonly string[];
  readonly because?: readonly string[];
}) {
  return (
    <td className={shown.values.length === 0 ? `${shown.side} nothing` : shown.side}>
      {shown.values.length === 0 ? '–' : null}
      {shown.values.map((value) => (
        <div key={value}>{value}</div>
      ))}
      {shown.because?.map((reason) => (
        <div key={reason} className="reason">
          {reason}
        </div>
      ))}
    </td>
  );
}

function Reasons({ change }: { readonly change: ChangeWire }) {
  const fallbacks = change.fallbacks.map((set) => Object.values(set).flat()[0]);
  const sentences = [
    ...otherReasons(change),
    ...(change.irreversibleBecause === null ? [] : [change.irreversibleBecause]),
    ...(fallbacks.length === 0
      ? []
      : [`Should a name be taken by then: ${fallbacks.join(', then ')}`]),
  ];
  if (sentences.length === 0) return null;
  return (
    <ul className="because">
      {sentences.map((sentence) => (
        <li key={sentence}>{sentence}</li>
      ))}
    </ul>
  );
}
