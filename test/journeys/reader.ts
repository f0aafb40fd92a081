// A reader at the console: signs in as people do, and notes whatever the browser complains of.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { z } from 'zod';
import { aBrowser } from '#test/servers/chromium.ts';
import { hubEnvironment, type RunningHub } from '#test/servers/hub.ts';

export type Reader = AsyncDisposable & {
  readonly page: Page;
  /** Errors of scripts, violations of the content policy; a refusal by the hub is none. */
  readonly complaints: readonly string[];
};

export async function aReader(): Promise<Reader> {
  const browser = await aBrowser();
  const page = browser.context.pages()[0] ?? (await browser.context.newPage());
  // What is still fading in has no contrast of its own to be judged by.
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    const text = message.text();
    const refusal = /the server responded with a status of (401|403|404|409|422)/.test(text);
    if (message.type() === 'error' && !refusal) complaints.push(text);
  });
  return { page, complaints, [Symbol.asyncDispose]: () => browser[Symbol.asyncDispose]() };
}

/** Opens an address, is asked to sign in there, and to choose a password of one's own. */
export async function signIn(
  page: Page,
  address: URL,
  who: { readonly email: string; readonly password: string },
): Promise<void> {
  await page.goto(address.href);
  await page.waitForURL(/\/auth\/login/);
  await page.getByLabel('E-mail address').fill(who.email);
  await page.getByLabel('Password').fill(who.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.waitForURL(/\/auth\/password/);
  const own = `${who.email} chose this one`;
  await page.getByLabel('Present password').fill(who.password);
  await page.getByLabel('New password', { exact: true }).fill(own);
  await page.getByLabel('New password, again').fill(own);
  await page.getByRole('button', { name: 'Change the password' }).click();
  await page.waitForURL((url) => !url.pathname.startsWith('/auth/'));
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const Found = z.array(
  z.object({ id: z.string(), nodes: z.array(z.object({ target: z.array(z.json()) })) }),
);

/** What axe finds wrong on the page, in light and in dark. */
export async function barriersOf(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.evaluate(axe);
    const violations: unknown = await page.evaluate('axe.run().then((told) => told.violations)');
    for (const { id, nodes } of Found.parse(violations)) {
      found.push(`${colorScheme}: ${id} at ${JSON.stringify(nodes.map(({ target }) => target))}`);
    }
  }
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  return found;
}

const MadeAgent = z.object({ email: z.string(), password: z.string() });

/** An agent who may read, made at the hub's command line. */
export function anAgent(hub: RunningHub, email: string) {
  const main = join(import.meta.dirname, '..', '..', 'src', 'main.ts');
  const words = ['agent', 'create', '--name', 'Tom Reader', '--email', email, '--json'];
  const made = spawnSync(process.execPath, [main, ...words], {
    env: hubEnvironment(hub.dataFolder),
    encoding: 'utf8',
  });
  if (made.status !== 0) throw new Error(`The agent was not made:\n${made.stderr}`);
  return MadeAgent.parse(JSON.parse(made.stdout));
}
