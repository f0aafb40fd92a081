// The console's built files: read once at start, served from memory, compressed, cached for ever.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

export type ConsoleFile = {
  readonly type: string;
  readonly bytes: Buffer;
  readonly gzipped: Buffer | undefined;
  readonly etag: string;
  /** Built files carry a hash in their name: what is behind a name never changes. */
  readonly immutable: boolean;
};

export type ConsoleFiles = {
  /** Only files that were there at start: no path can lead out of the folder. */
  find(path: string): ConsoleFile | undefined;
  /** The page every address of the console begins with; the nonce is this answer's own. */
  index(nonce: string): string;
};

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

const filesMax = 2_000;
const compressible = /^text\/|json|svg/;

export async function readConsole(folder: string): Promise<ConsoleFiles> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = found
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  if (paths.length > filesMax) throw new Error(`${folder} holds more than ${filesMax} files`);
  const files = new Map<string, ConsoleFile>();
  for (const path of paths) {
    const name = path.slice(folder.length).replaceAll('\\', '/');
    files.set(name.startsWith('/') ? name : `/${name}`, file(name, await readFile(path)));
  }
  const index = files.get('/index.html')?.bytes.toString('utf8');
  if (index === undefined)
    throw new Error(`${folder} holds no index.html; build the console first`);
  files.delete('/index.html');
  return {
    find: (path) => files.get(path),
    index: (nonce) => index.replaceAll('__NONCE__', nonce),
  };
}

function file(name: string, bytes: Buffer): ConsoleFile {
  const type = types[extname(name).toLowerCase()] ?? 'application/octet-stream';
  const gzipped = compressible.test(type) && bytes.length > 1024 ? gzipSync(bytes) : undefined;
  return {
    type,
    bytes,
    gzipped: gzipped !== undefined && gzipped.length < bytes.length ? gzipped : undefined,
    etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
    immutable: /[.-][\w-]{8,}\.\w+$/.test(name) && name.includes('assets'),
  };
}
