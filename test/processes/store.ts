// A process that uses a data folder, to be killed or run as another user. Argument: what to open, as
// JSON. Says over IPC {ready} or {refused}, and leaves cleanly when it is told to.
import { z } from 'zod';
import { Problem } from '#domain/problem.ts';
import { silentLog } from '#lib/log.ts';
import { openPool } from '#store/db.ts';
import { binariesIn } from '#store/embedded/binaries.ts';
import { openEmbedded } from '#store/embedded/embedded.ts';

const Asked = z.object({
  dataFolder: z.string(),
  chosen: z.boolean(),
  fallbackFolder: z.string().optional(),
  /** Another copy of the binaries. */
  native: z.string().optional(),
});

const { native, fallbackFolder, ...asked } = Asked.parse(JSON.parse(process.argv[2] ?? ''));
try {
  const embedded = await openEmbedded({
    ...asked,
    ...(fallbackFolder === undefined ? {} : { fallbackFolder }),
    ...(native === undefined ? {} : { binaries: binariesIn(native, 'test') }),
    onLost: () => process.send?.({ lost: true }),
  });
  const connectionString = embedded.connectionString('hub', 'sundog');
  const pool = openPool({ connectionString, name: 'test', connectionsMax: 1, log: silentLog });
  const { rows } = await pool.query("select current_setting('fsync') as fsync");
  process.on('message', async () => {
    await pool.end();
    await embedded[Symbol.asyncDispose]();
    process.disconnect();
  });
  const { started, pid, dataFolder } = embedded;
  process.send?.({ ready: { started, pid, dataFolder, fsync: rows[0]?.fsync } });
} catch (error) {
  const code = error instanceof Problem ? error.code : 'crashed';
  const message = error instanceof Error ? error.message : String(error);
  process.send?.({ refused: { code, message } });
  process.disconnect();
}
