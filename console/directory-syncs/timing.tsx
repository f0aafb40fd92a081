// When a sync runs, who says yes, and how much it may take away before it stops, in the editor.
import { Checkbox, Fieldset, Stack, TextInput } from '@mantine/core';
import { Choice } from '#console/single-sign-on/fields.tsx';
import type { Draft, Editing } from './draft.ts';

const runs = { hand: 'by hand alone', minutes: 'every so many minutes', cron: 'by a cron line' };
const reads = { changes: 'what changed since the last time', whole: 'everything, each time' };
const approval = {
  always: 'every plan waits for a yes',
  'first-run': 'the first plan waits for a yes',
  never: 'no plan waits, unless a limit is passed',
};

export function Timing({ draft, set }: Editing) {
  const { everyMinutes, cron, wholeReadEveryDays, deletionsSoughtEveryHours, active } = draft;
  return (
    <>
      <Fieldset legend="Schedule" variant="unstyled" className="sign-on-group">
        <Stack gap="md" className="narrow">
          <Choice
            label="It runs"
            value={draft.runs}
            words={runs}
            choose={(chosen) => set({ runs: chosen })}
          />
          {draft.runs === 'minutes' ? (
            <Count
              label="Minutes between"
              min={1}
              max={10_080}
              value={everyMinutes}
              set={(value) => set({ everyMinutes: value })}
            />
          ) : null}
          {draft.runs === 'cron' ? (
            <TextInput
              label="Cron line, in UTC"
              required
              maxLength={100}
              spellCheck={false}
              value={cron}
              onChange={(event) => set({ cron: event.currentTarget.value })}
            />
          ) : null}
          {draft.runs === 'hand' ? null : (
            <Checkbox
              label="The schedule is on"
              checked={active}
              onChange={(event) => set({ active: event.currentTarget.checked })}
            />
          )}
          <Choice
            label="By itself it reads"
            value={draft.reads}
            words={reads}
            choose={(chosen) => set({ reads: chosen })}
          />
          <Count
            label="Days between reading everything"
            min={1}
            max={90}
            value={wholeReadEveryDays}
            set={(value) => set({ wholeReadEveryDays: value })}
          />
          <Count
            label="Hours between, where deletions are not shown"
            min={1}
            max={720}
            value={deletionsSoughtEveryHours}
            set={(value) => set({ deletionsSoughtEveryHours: value })}
          />
          <Choice
            label="Approval"
            value={draft.approval}
            words={approval}
            choose={(chosen) => set({ approval: chosen })}
          />
        </Stack>
      </Fieldset>
      <Limits draft={draft} set={set} />
    </>
  );
}

const limitWords = {
  disables: 'Deactivated',
  moves: 'Moved: another site, role or name',
  keyAttributes: 'Known by another address or login',
  creations: 'Created (asks for a yes, never stops)',
  lostRecords: 'Fewer in the directory than before',
} as const;
type Limit = keyof typeof limitWords;
const limitNames: readonly Limit[] = [
  ...(['disables', 'moves', 'keyAttributes', 'creations', 'lostRecords'] as const),
];

function Limits({ draft: { limits }, set }: Editing) {
  const change = (name: Limit, more: Partial<Draft['limits'][Limit]>) =>
    set({ limits: { ...limits, [name]: { ...limits[name], ...more } } });
  return (
    <Fieldset legend="Limits" variant="unstyled" className="sign-on-group">
      <table className="plain limits">
        <caption className="limits-said">
          A plan that passes both numbers of a row does not start by itself.
        </caption>
        <thead>
          <tr>
            <th scope="col">People</th>
            <th scope="col">more than</th>
            <th scope="col">and more than, %</th>
          </tr>
        </thead>
        <tbody>
          {limitNames.map((name) => (
            <tr key={name}>
              <td>{limitWords[name]}</td>
              <td>
                <Count
                  said={`${limitWords[name]}: more than so many people`}
                  min={0}
                  max={10_000_000}
                  value={limits[name].count}
                  set={(count) => change(name, { count })}
                />
              </td>
              <td>
                <Count
                  said={`${limitWords[name]}: more than so many per cent`}
                  min={0}
                  max={100}
                  value={limits[name].percent}
                  set={(percent) => change(name, { percent })}
                />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Fieldset>
  );
}

function Count({
  label,
  said,
  min,
  max,
  value,
  set,
}: {
  readonly label?: string;
  /** Where a column says what it is to those who see it. */
  readonly said?: string;
  readonly min: number;
  readonly max: number;
  readonly value: number;
  readonly set: (value: number) => void;
}) {
  return (
    <TextInput
      type="number"
      label={label}
      aria-label={said}
      min={min}
      max={max}
      required
      withAsterisk={false}
      value={Number.isNaN(value) ? '' : value}
      onChange={(event) => set(event.currentTarget.valueAsNumber)}
    />
  );
}
