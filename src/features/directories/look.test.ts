// What a test of a directory says where looking at its people does not end well.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DirectoryRefusal, type DirectoryRefusalCode } from '#domain/ports/directory.ts';
import type { ConnectionPort } from './connection-port.ts';
import { tryDirectory } from './look.ts';

const nothing = { stored: undefined, settings: {}, secret: undefined };
const signal = new AbortController().signal;

function refusing(code: DirectoryRefusalCode): Pick<ConnectionPort, 'probe' | 'browse'> {
  return {
    probe: async () => ({ ok: true, sentence: 'It answers.' }),
    browse: () => Promise.reject(new DirectoryRefusal(code, 'The line was cut.', true)),
  };
}

describe('A directory that is tried', () => {
  for (const [code, stage] of [
    ['read.incomplete', 'answer'],
    ['rights.missing', 'rights'],
    ['container.missing', 'base'],
    ['credentials.refused', 'credentials'],
  ] as const) {
    it(`and refuses its people with ${code} fails at the stage ${stage}`, async () => {
      const tried = await tryDirectory(refusing(code), nothing, settings, signal);

      assert.deepEqual(tried, { ok: false, stage, sentence: 'The line was cut.' });
    });
  }
});

const settings = { baseDn: '', contacts: false };
