// Starts a hub that only works: without routes it needs a tenth less memory, and answers nobody.
import type { Words } from './commands.ts';
import { keepHub } from './keep-hub.ts';
import { work } from './work.ts';

export async function startWorker(words: Words): Promise<void> {
  await keepHub(words, 'worker', async (hub, opened) => opened.use(await work(hub)));
}
