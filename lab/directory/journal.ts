// The directory on disk: one line per transaction, forced to the platter before anyone is told.
import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { commit, type Entry, type Transaction, type Tree } from './tree.ts';

const JournalEntry = z.object({
  id: z.uuid(),
  parent: z.string().nullable(),
  rdn: z.object({ type: z.string(), value: z.string() }),
  classes: z.array(z.string()),
  values: z.record(z.string(), z.array(z.string())),
  passwords: z.array(z.string()),
  grants: z.array(
    z.object({
      trustee: z.string(),
      on: z.enum(['user', 'group']),
      create: z.boolean(),
      delete: z.boolean(),
      resetPassword: z.boolean(),
      write: z.union([z.literal('all'), z.array(z.string())]),
    }),
  ),
});

const Line = z.object({
  put: z.array(JournalEntry),
  remove: z.array(z.string()),
  usn: z.int(),
  nextRid: z.int(),
});

export type Journal = AsyncDisposable & {
  /** Writes the transaction; when it returns, a crash cannot take it back. */
  append(transaction: Transaction): Promise<void>;
};

/** Lines beyond one per entry that are worth a compaction at the next start. */
const spareLinesMax = 1_000;

/**
 * Replays the file into the tree and opens it for more. A last line that a crash cut short is
 * dropped: nobody was told of it. Any other line that cannot be read refuses the start.
 */
export async function openJournal(path: string, tree: Tree): Promise<Journal> {
  const text = await readFile(path, 'utf8').catch(emptyWhenAbsent);
  const lines = text.split('\n');
  const cut = lines.pop() ?? '';
  for (const [index, line] of lines.entries()) commit(tree, readLine(path, line, index));
  if (cut !== '' || lines.length > spareLinesMax) compact(path, tree);
  return appendTo(await open(path, 'a', 0o600));
}

function appendTo(file: FileHandle): Journal {
  return {
    async append(transaction) {
      const { size } = await file.stat();
      try {
        await file.appendFile(`${JSON.stringify(transaction)}\n`);
        await file.datasync();
      } catch (error) {
        // A full disk must not leave half a line that later ones would be written behind.
        await file.truncate(size);
        throw error;
      }
    },
    async [Symbol.asyncDispose]() {
      await file.close();
    },
  };
}

function readLine(path: string, line: string, index: number): Transaction {
  try {
    return Line.parse(JSON.parse(line));
  } catch (error) {
    throw new Error(
      `Line ${index + 1} of ${path} cannot be read; move the file away to begin a new lab directory.`,
      { cause: error },
    );
  }
}

/** Writes the whole tree as one transaction beside the file and puts it in its place. */
function compact(path: string, tree: Tree): void {
  const put: readonly Entry[] = [...tree.entries.values()];
  const whole: Transaction = { put, remove: [], usn: tree.usn, nextRid: tree.nextRid };
  const beside = `${path}.new`;
  const file = openSync(beside, 'w', 0o600);
  writeSync(file, tree.entries.size === 0 ? '' : `${JSON.stringify(whole)}\n`);
  fsyncSync(file);
  closeSync(file);
  renameSync(beside, path);
  const folder = openSync(dirname(path), 'r');
  fsyncSync(folder);
  closeSync(folder);
}

function emptyWhenAbsent(error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
  throw error;
}
