// Reads a list page by page and vouches that it is whole: every doubt about that ends the read.
import { ApplicationRefusal } from '#domain/ports/application.ts';

export type Page = {
  readonly rows: readonly unknown[];
  /** How many records there are in all, where the answer says so. */
  readonly total?: number;
  /** The page size the answer echoes. A server that caps the size tells so here. */
  readonly size?: number;
};

export type PageSource = {
  /** What is read, for the sentence: "/api/Users of halo.larkfield.test". */
  readonly name: string;
  readonly page: (number: number, size: number) => Promise<Page>;
  readonly size: number;
  readonly cautiousSize: number;
  readonly pagesMax: number;
  /** The row's primary key; undefined where the row has none. No check of keys when left out. */
  readonly keyOf?: (row: unknown) => string | undefined;
};

/** Pages of rows. Ends normally only after as many different rows as the answers promised. */
export async function* readPages(source: PageSource): AsyncGenerator<readonly unknown[]> {
  const { first, size } = await firstPage(source);
  const check = completeness(source, first.total);
  for (let number = 1; number <= source.pagesMax; number += 1) {
    const page = number === 1 ? first : await source.page(number, size);
    const done = check(page, number, size);
    if (page.rows.length > 0) yield page.rows;
    if (done) return;
  }
  throw incomplete(`${source.name} has more than ${source.pagesMax} pages of ${size}`);
}

/**
 * The first page, and the size it turned out to have. Some Halos give 100 rows whatever they are asked for
 * (halo-api.md 1.3), so a page that comes short is asked for once more at a size every Halo serves.
 */
async function firstPage(source: PageSource): Promise<{ first: Page; size: number }> {
  const first = await source.page(1, source.size);
  const size = Math.min(source.size, first.size ?? source.size);
  const short = first.rows.length < size && first.rows.length < (first.total ?? 0);
  if (!short || source.cautiousSize >= size || first.size === source.cautiousSize) {
    return { first, size };
  }
  const again = await source.page(1, source.cautiousSize);
  return { first: again, size: source.cautiousSize };
}

type Check = (page: Page, number: number, size: number) => boolean;

/** Judges page after page; says whether the last one was seen, and throws where something does not add up. */
function completeness({ name, keyOf }: PageSource, total: number | undefined): Check {
  const keys = new Set<string>();
  let read = 0;
  let previous = '';
  return (page, number, size) => {
    read += page.rows.length;
    if (page.total !== total) {
      throw incomplete(
        `${name} counted ${total ?? 'nothing'} at first and ${page.total ?? 'nothing'} on page ${number}`,
      );
    }
    if (page.rows.length > size) {
      throw incomplete(`page ${number} of ${name} has more rows than the ${size} asked for`);
    }
    for (const row of keyOf === undefined ? [] : page.rows) {
      const key = keyOf?.(row);
      if (key === undefined)
        throw incomplete(`page ${number} of ${name} has a row without its key`);
      if (keys.has(key)) throw incomplete(`${name} gave the record ${key} twice`);
      keys.add(key);
    }
    const fingerprint = JSON.stringify(page.rows);
    if (page.rows.length > 0 && fingerprint === previous) {
      throw incomplete(`page ${number} of ${name} is the same as the one before`);
    }
    previous = fingerprint;
    // Without a count only an empty page is an end: a short one may be a server that caps its pages.
    if (total === undefined) return page.rows.length === 0;
    if (read > total) {
      throw incomplete(`${name} gave ${read} records where it counted ${total}`);
    }
    if (read < total && page.rows.length < size) {
      throw incomplete(
        `${name} counted ${total} records, but page ${number} brought ${page.rows.length} rows of ${size} and made ${read} in all`,
      );
    }
    return read === total;
  };
}

function incomplete(what: string): ApplicationRefusal {
  return new ApplicationRefusal(
    'answer.incomplete',
    `The list is not whole: ${what}. Nothing was planned from it; try again, and look into Halo if it stays.`,
    true,
  );
}
