// The checks of one sign-on in their order; the one that failed is open.
import { Code, Text } from '@mantine/core';
import { State } from '#console/shell/state.tsx';
import type { StepWire } from '#features/sso/attempts/wire.ts';
import { factName } from './words.ts';

export function Steps({ steps }: { readonly steps: readonly StepWire[] }) {
  if (steps.length === 0) return <Text c="dimmed">It ended before anything was checked.</Text>;
  return (
    <ol className="trace">
      {steps.map((step, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: steps have no name of their own, and never change
        <li key={at} className={step.verdict === 'failed' ? 'trace-failed' : undefined}>
          <details open={step.verdict === 'failed'}>
            <summary>
              <State tone={step.verdict === 'failed' ? 'failed' : 'done'}>
                {step.verdict === 'failed' ? 'Did not hold' : 'Held'}
              </State>
              <span>{step.asks ?? step.check}</span>
            </summary>
            <Told step={step} />
          </details>
        </li>
      ))}
    </ol>
  );
}

function Told({ step }: { readonly step: StepWire }) {
  const facts = Object.entries(step.facts);
  return (
    <dl className="steps trace-told">
      {step.because === null ? null : <Row name="What was wrong">{step.because}</Row>}
      {step.mend === null ? null : <Row name="What to do">{step.mend}</Row>}
      {facts.map(([name, value]) => (
        <Row key={name} name={factName(name)}>
          {String(value)}
        </Row>
      ))}
      <div>
        <dt>Check</dt>
        <dd>
          <Code>{step.check}</Code>
        </dd>
      </div>
    </dl>
  );
}

function Row({ name, children }: { readonly name: string; readonly children: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
