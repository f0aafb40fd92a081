// Starts a hub that answers over HTTP, with workers or without, and the lab if asked.
import type { Words } from './commands.ts';
import { keepHub } from './keep-hub.ts';
import { runSample } from './lab-sample.ts';
import { setUpLab } from './lab-setup.ts';
import { optional, WrongUsage } from './print.ts';
import { serve } from './serve.ts';

export async function startCommand(words: Words): Promise<void> {
  const role = roleOf(optional(words.options, 'role') ?? 'all');
  await keepHub(words, role, async (hub, opened) => {
    const serving = opened.use(await serve(hub, role));
    if (words.options.lab !== true || serving.listens === undefined) return serving;
    const inHub = await setUpLab(hub, serving.listens);
    opened.use(inHub.lab);
    // A sample needs workers, which a hub of another role leaves to others.
    if (role === 'all') await runSample(hub, inHub.ids);
    return serving;
  });
}

function roleOf(text: string): 'all' | 'web' {
  if (text !== 'all' && text !== 'web') throw new WrongUsage(`There is no role ${text}.`);
  return text;
}
