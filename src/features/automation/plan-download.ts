// A whole plan as a file, page by page: it may be larger than memory.
import type { Actor } from '#domain/actor.ts';
import type { Db } from '#store/db.ts';
import { changesAfter, getPlanHead, peopleAfter } from './plan-view.ts';

const pageRows = 1_000;

/** The JSON of a PlanWire with everybody in it and every change, a page at a time. */
export async function startDownload(
  db: Db,
  id: string,
  actor: Actor,
  now: Date,
): Promise<AsyncGenerator<string>> {
  // Who may not read it is refused before the first octet.
  const head = JSON.stringify(await getPlanHead(db, id, actor, now));
  return written(db, id, head.slice(0, -1));
}

async function* written(db: Db, id: string, opening: string): AsyncGenerator<string> {
  yield `${opening},"people":[`;
  yield* commaBetween(people(db, id));
  yield '],"changes":[';
  yield* commaBetween(changes(db, id));
  yield '],"next":null}';
}

async function* people(db: Db, id: string): AsyncGenerator<readonly unknown[]> {
  for (const those of ['said', 'quiet'] as const) {
    let after = -1;
    for (;;) {
      const page = await peopleAfter(db, id, after, pageRows, those);
      yield page.map(({ person }) => person);
      const last = page.at(-1);
      if (last === undefined || page.length < pageRows) break;
      after = last.position;
    }
  }
}

async function* changes(db: Db, id: string): AsyncGenerator<readonly unknown[]> {
  let after = -1;
  for (;;) {
    const { items, next } = await changesAfter(db, id, after, pageRows);
    yield items;
    if (next === null) return;
    after = Number(next);
  }
}

async function* commaBetween(pages: AsyncGenerator<readonly unknown[]>): AsyncGenerator<string> {
  let begun = false;
  for await (const page of pages) {
    if (page.length === 0) continue;
    yield (begun ? ',' : '') + page.map((item) => JSON.stringify(item)).join(',');
    begun = true;
  }
}
