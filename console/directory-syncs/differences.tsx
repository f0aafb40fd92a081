// What differs between two sides of a person, field by field, as a plan shows it.
import type { Drift } from './queries.ts';
import { differencesOf } from './words.ts';

type Sides = Pick<Drift, 'before' | 'after'>;

export function Differences({ before, after }: Sides) {
  const rows = differencesOf({ before, after });
  if (rows.length === 0) return null;
  const anew = rows.every((row) => row.before === '');
  return (
    <table className={anew ? 'diff anew' : 'diff'}>
      <thead>
        <tr>
          <th scope="col" className="attribute">
            field
          </th>
          {anew ? null : <th scope="col">in the desk</th>}
          <th scope="col">{anew ? 'value' : 'by the directory'}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.field}>
            <th scope="row">{row.field}</th>
            {anew ? null : (
              <td className={row.before === '' ? 'before nothing' : 'before'}>
                {row.before || '–'}
              </td>
            )}
            <td className={row.after === '' ? 'after nothing' : 'after'}>{row.after || '–'}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
