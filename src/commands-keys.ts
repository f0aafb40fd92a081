// The command that changes the master key: it says how far it is, and may be killed and typed again.
import { finishRotation } from '#features/keys/advance.ts';
import { type Rotation, sentenceOf } from '#features/keys/model.ts';
import { startRotation } from '#features/keys/start.ts';
import { rotationToWire } from '#features/keys/wire.ts';
import type { Words } from './commands.ts';
import { commandLine, type Hub, withHub } from './hub.ts';
import { printJson } from './print.ts';

const everyMs = 1_000;

export async function keysRotate({ options }: Words): Promise<void> {
  const json = options.json === true;
  const how = options['update-only'] === true ? 'update' : 'rotate';
  await withHub(async (hub) => {
    const ports = { db: hub.db, keys: hub.sealing, clock: hub.clock };
    const started = await startRotation(ports, commandLine, how);
    if (!json) announce(hub, started);
    let saidAt = performance.now();
    const ended = await finishRotation(ports, {
      onProgress: (rotation) => {
        if (json || rotation.state !== 'running' || performance.now() - saidAt < everyMs) return;
        saidAt = performance.now();
        console.log(sentenceOf(rotation));
      },
    });
    const result = ended ?? started;
    if (json) printJson(rotationToWire(result));
    else console.log([sentenceOf(result), ...advice(hub, result)].join('\n'));
    if (result.state === 'incomplete') process.exitCode = 1;
  });
}

function announce({ sealing }: Hub, { toKey, total }: Rotation): void {
  console.log(`From now on the master key ${toKey} seals; ${total} values are brought up to date.`);
  if (sealing.ownFile !== undefined) {
    console.log(`It stands in ${sealing.ownFile}: keep a copy of that file elsewhere.`);
  }
}

function advice({ sealing }: Hub, { state, fromKey, toKey }: Rotation): string[] {
  if (state !== 'done' || fromKey === toKey) return [];
  return sealing.ownFile === undefined
    ? ['Now set SUNDOG_MASTER_KEY to the new key and SUNDOG_MASTER_KEY_NEXT to nothing.']
    : [
        `The old key was moved to ${sealing.ownFile}.retired; delete that file once no backup from before needs it.`,
      ];
}
