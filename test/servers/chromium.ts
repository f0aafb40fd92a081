// A real Chromium for the journeys: an own profile each time, loopback alone, gone when disposed.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium } from 'playwright-core';

const binary = '/usr/bin/chromium';

/** Undefined when Chromium is there; else why not, for `realServer`. */
export function chromiumAbsent(): string | undefined {
  return existsSync(binary) ? undefined : `${binary} is not installed`;
}

export type Browser = AsyncDisposable & { readonly context: BrowserContext };

export async function aBrowser(colorScheme: 'light' | 'dark' = 'light'): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), 'sundog-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: binary,
    headless: true,
    colorScheme,
    viewport: { width: 1280, height: 860 },
    timeout: 30_000,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  context.setDefaultTimeout(15_000);
  return {
    context,
    async [Symbol.asyncDispose]() {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}
