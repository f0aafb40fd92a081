// What every directory promises: one specification, run against Samba and against the lab's own directory.
import { after, before, describe } from 'node:test';
import type { DirectoryServer } from '#test/servers/directory-server.ts';
import { directoryFaults } from './directory-faults.ts';
import { directoryReading } from './directory-reading.ts';
import { directoryResetting } from './directory-resetting.ts';
import { aStage, type OpenDirectory, type Stage } from './directory-stage.ts';
import { directoryUpdating } from './directory-updating.ts';
import { directoryWriting } from './directory-writing.ts';

export type DirectoryUnderTest = {
  readonly server: () => Promise<DirectoryServer>;
  readonly open: OpenDirectory;
  readonly skip?: string | false;
};

/** What a part of the contract is given; the stage stands once the tests run. */
export type Given = { readonly stage: () => Stage };

const parts = [
  ['being read', directoryReading],
  ['creating accounts', directoryWriting],
  ['changing what exists', directoryUpdating],
  ['resetting passwords', directoryResetting],
  ['when something is wrong', directoryFaults],
] as const;

export function directoryContract(
  name: string,
  { server, open, skip = false }: DirectoryUnderTest,
): void {
  for (const [when, part] of parts) {
    describe(`${name}, ${when},`, { skip }, () => {
      let stage: Stage | undefined;
      before(async () => {
        stage = await aStage(await server(), open);
      });
      after(async () => {
        await stage?.[Symbol.asyncDispose]();
      });

      part({
        stage: () => {
          if (stage === undefined) throw new Error('the stage is not up');
          return stage;
        },
      });
    });
  }
}
