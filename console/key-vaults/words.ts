// How a key vault is spoken of: its state, who the hub is to it, its cloud, the stages of a test.
import type { Tone } from '#console/shell/state.tsx';
import type { VaultCloudName, VaultCredential, VaultStage } from '#domain/vault.ts';
import type { KeyVaultWire } from '#features/key-vaults/wire.ts';

export const healthStates: Readonly<
  Record<KeyVaultWire['health']['state'], { readonly word: string; readonly tone: Tone }>
> = {
  healthy: { word: 'Works', tone: 'done' },
  broken: { word: 'Does not work', tone: 'failed' },
  unknown: { word: 'Not tried yet', tone: 'quiet' },
};

export const credentialWords: Readonly<Record<VaultCredential, string>> = {
  'managed-identity': 'the machine’s managed identity',
  'app-service': 'App Service’s managed identity',
  'client-secret': 'an application with a client secret',
  certificate: 'an application with a certificate',
};

export const cloudWords: Readonly<Record<VaultCloudName, string>> = {
  public: 'Azure',
  'us-gov': 'Azure for US Government',
  china: 'Azure in China',
};

export const stageWords: Readonly<Record<VaultStage, string>> = {
  address: 'The address may be reached',
  name: 'Its name is known',
  connect: 'It answers',
  tls: 'Its certificate is trusted',
  token: 'The hub gets a token',
  permission: 'The hub may read secrets',
  list: 'Its secrets can be listed',
};

export const stageTones: Readonly<Record<'passed' | 'failed' | 'untried', Tone>> = {
  passed: 'done',
  failed: 'failed',
  untried: 'quiet',
};

/** The first line: how many vaults, what they keep, and whether one does not work. */
export function firstLine(vaults: readonly KeyVaultWire[]): string {
  if (vaults.length === 0) return 'There is no key vault yet.';
  const kept = vaults.reduce((sum, { keeps }) => sum + keeps.length, 0);
  const broken = vaults.filter(({ health }) => health.state === 'broken');
  const who = vaults.length === 1 ? 'One key vault keeps' : `${vaults.length} key vaults keep`;
  const what = kept === 1 ? 'one connection' : `${kept} connections`;
  const [first] = broken;
  const line = `${who} the secrets of ${kept === 0 ? 'no connection yet' : what}.`;
  return first === undefined ? line : `${line} ${first.name} does not work.`;
}

export function rememberedFor(seconds: number): string {
  if (seconds === 0) return 'nothing is remembered';
  if (seconds % 60 !== 0) return `remembered for ${seconds} seconds`;
  return seconds === 60 ? 'remembered for one minute' : `remembered for ${seconds / 60} minutes`;
}
