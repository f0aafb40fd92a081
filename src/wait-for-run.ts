// Waits until a run has nothing left to do now, looking as often as a person would.
import { setTimeout as pause } from 'node:timers/promises';
import { getRun } from '#features/automation/run-view.ts';
import type { RunWire } from '#features/automation/wire.ts';
import { commandLine, type Hub } from './hub.ts';

const lookMs = 150;

/** A run that waits for a later hour (a ticket that could not be told) is given back as it is. */
export async function waitForRun(hub: Hub, runId: string): Promise<RunWire> {
  for (;;) {
    const run = await getRun(hub.db, runId, commandLine, hub.clock());
    if (run.state !== 'running') return run;
    await pause(lookMs);
  }
}
