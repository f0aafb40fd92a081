// One change: a line `system · action · target`, opening to before and after with the reasons beneath.
import { Text } from '@mantine/core';
import { State } from '#console/shell/state.tsx';
import type { ChangeWire } from '#features/automation/wire.ts';
import { diffRows } from './plan-view.ts';
import { kinds } from './states.ts';

export function Change({ change }: { readonly change: ChangeWire }) {
  const rows = diffRows(change);
  return (
    <article className="change" aria-label={`${kinds[change.kind]} ${change.target.name}`}>
      <div className="change-line">
        <Text component="span" size="sm" c="dimmed">
          {change.system}
        </Text>
        <Text component="span" fw={600}>
          {kinds[change.kind]}
        </Text>
        <span title={change.target.id}>{change.target.name}</span>
        {change.reversible ? null : <State tone="failed">cannot be undone</State>}
      </div>
      {rows.length === 0 ? null : (
        <table className="diff">
          <thead>
            <tr>
              <th scope="col">attribute</th>
              <th scope="col">now</th>
              <th scope="col">then</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.attribute}>
                <th scope="row">{row.attribute}</th>
                <Values side="before" values={row.before} />
                <Values side="after" values={row.after} />
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <ul className="because">
        {change.because.map((reason) => (
          <li key={reason}>{reason}</li>
        ))}
        {change.irreversibleBecause === null ? null : <li>{change.irreversibleBecause}</li>}
        {change.fallbacks.length === 0 ? null : (
          <li>
            If a name is taken by then:{' '}
            {change.fallbacks.map((set) => Object.values(set).flat()[0]).join(', then ')}
          </li>
        )}
      </ul>
    </article>
  );
}

function Values({
  side,
  values,
}: {
  readonly side: 'before' | 'after';
  readonly values: readonly string[];
}) {
  if (values.length === 0) return <td className={`${side} nothing`}>—</td>;
  return (
    <td className={side}>
      {values.map((value) => (
        <div key={value}>{value}</div>
      ))}
    </td>
  );
}
