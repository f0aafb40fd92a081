// A directory on paper: entries that are added, changed and taken away at once, told by whole reads and by changes.
import { hash } from 'node:crypto';
import type { Attributes } from '#domain/account.ts';
import type { DirectoryEntry, ScanPage, ScanQuery } from '#domain/ports/directory-scan.ts';
import type { SyncSettings } from '#domain/sync/settings.ts';
import { applySet } from '#features/directories/apply.ts';
import type { Desk, ScannedDirectory } from '#features/directories/ports.ts';
import { aSyncStage, fields, type SyncStage } from './stage.ts';

const people = 'OU=People,DC=ad,DC=larkfield,DC=test';

type Paper = {
  readonly entries: Map<string, DirectoryEntry>;
  /** How many entries a page of a whole read has. */
  pageSize: number;
  /** Entries are put down under the number of them; gives their DN. */
  put(number: number, name: string, attributes?: Attributes, enabled?: boolean): string;
  remove(number: number): void;
  open(): ScannedDirectory;
};

export function idOf(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

function aPaperDirectory(): Paper {
  const entries = new Map<string, DirectoryEntry>();
  /** Who was changed or taken away, one after the other. */
  const told: string[] = [];
  const paper: Paper = {
    entries,
    pageSize: 100,
    put(number, name, attributes = {}, enabled = true) {
      const id = idOf(number);
      const dn = `CN=${name},${people}`;
      const mail = `${name.split(' ')[0]?.toLowerCase()}@larkfield.test`;
      const all = { displayName: [name], mail: [mail], ...attributes };
      entries.set(id, { id, dn, enabled, attributes: all });
      told.push(id);
      return dn;
    },
    remove(number) {
      entries.delete(idOf(number));
      told.push(idOf(number));
    },
    open: () => ({
      signedInAs: 'CN=svc-sundog,OU=Service Accounts,DC=ad,DC=larkfield,DC=test',
      async *scan(query) {
        const all = asked(query, entries.values());
        for (let at = 0; at < all.length; at += paper.pageSize) {
          yield pageOf(all.slice(at, at + paper.pageSize));
        }
      },
      readScanned: async (query, some) =>
        asked(
          query,
          some.flatMap(({ id }) => entries.get(id) ?? []),
        ),
      groupIds: async () => new Set(),
      manner: async () => 'usn',
      bookmark: async () => String(told.length),
      async since(bookmark) {
        const news = told.slice(Number(bookmark));
        const ids = (gone: boolean) => new Set(news.filter((id) => entries.has(id) !== gone));
        return {
          ...{ changed: ids(false), deleted: ids(true), seesDeletions: true },
          ...{ restructured: false, bookmark: String(told.length) },
        };
      },
      readByIds: async (query, ids) =>
        asked(
          query,
          ids.flatMap((id) => entries.get(id) ?? []),
        ),
      async [Symbol.asyncDispose]() {},
    }),
  };
  return paper;
}

/** With the attributes that were asked for alone, spelt as they were asked for. */
function asked({ attributes }: ScanQuery, all: Iterable<DirectoryEntry>): DirectoryEntry[] {
  return [...all].map((entry) => ({
    ...entry,
    attributes: Object.fromEntries(
      attributes.flatMap((name) => {
        const [found] = Object.entries(entry.attributes).filter(
          ([own]) => own.toLowerCase() === name.toLowerCase(),
        );
        return found === undefined ? [] : [[name, found[1]]];
      }),
    ),
  }));
}

function pageOf(all: readonly DirectoryEntry[]): ScanPage {
  return {
    entries: all.map((entry) => ({
      id: entry.id,
      digest: hash('sha256', JSON.stringify(entry), 'buffer').subarray(0, 16),
    })),
    references: [],
  };
}

export type PaperScene = {
  readonly paper: Paper;
  readonly stage: SyncStage;
  /** How the directory is read, and how the desk answers: as ever by default. */
  bend: (scanned: ScannedDirectory) => ScannedDirectory;
  bendDesk: (desk: Desk) => Desk;
  /** How a set of changes is applied. */
  apply: typeof applySet;
  /** Another sync into the same desk, of a directory of its own. */
  another(): Promise<Pick<PaperScene, 'paper' | 'stage'>>;
};

export const paperPlace = { id: 1, name: 'People', target: 'user', dn: people, siteId: 1 };

export async function withPaper(
  work: (scene: PaperScene) => Promise<void>,
  {
    working = true,
    settings = {},
  }: {
    readonly working?: boolean;
    readonly settings?: { readonly [name in keyof SyncSettings]?: unknown };
  } = {},
): Promise<void> {
  const paper = aPaperDirectory();
  const others = new Map<string, Paper>();
  const bent: Pick<PaperScene, 'bend' | 'bendDesk' | 'apply'> = {
    bend: (one) => one,
    bendDesk: (desk) => desk,
    apply: applySet,
  };
  await using stage = await aSyncStage({
    open: async (_, connectionId) => scene.bend((others.get(connectionId) ?? paper).open()),
    bendDesk: (desk) => scene.bendDesk(desk),
    apply: (...given) => scene.apply(...given),
    settings: { places: [paperPlace], fields, ...settings },
  });
  const another = async () => {
    const other = await stage.another();
    const itsPaper = aPaperDirectory();
    others.set(other.connectionId, itsPaper);
    return { paper: itsPaper, stage: other };
  };
  const scene: PaperScene = Object.assign(bent, { paper, stage, another });
  await using _ = working ? await stage.work() : { [Symbol.asyncDispose]: async () => {} };
  await work(scene);
}
