// The sentences of the key vaults' page.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KeyVaultWire } from '#features/key-vaults/wire.ts';
import { firstLine, rememberedFor } from './words.ts';

describe('The first line of the key vaults', () => {
  const kept = { connectionId: '1', connection: 'Halo', secret: 's', version: null };
  for (const [vaults, line] of [
    [[], 'There is no key vault yet.'],
    [[aVault('A', 'healthy', 0)], 'One key vault keeps the secrets of no connection yet.'],
    [[aVault('A', 'healthy', 1)], 'One key vault keeps the secrets of one connection.'],
    [
      [aVault('A', 'healthy', 1), aVault('B', 'broken', 2)],
      '2 key vaults keep the secrets of 3 connections. B does not work.',
    ],
  ] as const) {
    it(`is: ${line}`, () => {
      assert.equal(firstLine(vaults), line);
    });
  }

  function aVault(
    name: string,
    state: KeyVaultWire['health']['state'],
    keeps: number,
  ): KeyVaultWire {
    return {
      id: 1,
      name,
      clientId: null,
      lab: false,
      url: 'https://larkfield.vault.azure.net',
      cloud: 'public',
      credential: 'managed-identity',
      managedIdentityId: null,
      tenantId: null,
      applicationId: null,
      ca: null,
      cacheSeconds: 300,
      hasClientSecret: false,
      hasCertificate: false,
      confirmedBy: null,
      confirmedAt: null,
      keeps: Array.from({ length: keeps }, () => kept),
      health: { state, stage: null, code: null, sentence: null, warning: null, checkedAt: null },
      warnings: [],
      version: 1,
      createdAt: '2026-11-22T08:00:00Z',
      updatedAt: '2026-11-22T08:00:00Z',
    };
  }
});

describe('How long a secret is remembered', () => {
  for (const [seconds, words] of [
    [0, 'nothing is remembered'],
    [60, 'remembered for one minute'],
    [90, 'remembered for 90 seconds'],
    [300, 'remembered for 5 minutes'],
  ] as const) {
    it(`is said of ${seconds} seconds`, () => {
      assert.equal(rememberedFor(seconds), words);
    });
  }
});
