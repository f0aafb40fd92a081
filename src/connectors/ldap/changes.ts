// Who changed since a bookmark, in whichever way the directory tells it.
import { z } from 'zod';
import { DirectoryRefusal } from '#domain/ports/directory.ts';
import {
  BookmarkRefused,
  type ChangeManner,
  type Changes,
  type DirectoryChanges,
} from '#domain/ports/directory-changes.ts';
import type { Clock } from '#lib/clock.ts';
import { changesByDirSync, cookieOfNow } from './dirsync.ts';
import { refusal } from './refusals.ts';
import type { Session } from './session.ts';
import { changesBySyncrepl, syncCookieOfNow } from './syncrepl.ts';
import { changesByTimestamp, timestampOfNow } from './timestamp.ts';
import { changesByUsn, usnOfNow } from './usn.ts';

/** What is kept: of which directory, in which manner, and how far. */
const Bookmark = z.discriminatedUnion('manner', [
  z.object({ manner: z.literal('dirsync'), of: z.string(), cookie: z.base64() }),
  z.object({ manner: z.literal('usn'), of: z.string(), usn: z.int().nonnegative() }),
  z.object({ manner: z.literal('syncrepl'), of: z.string(), cookie: z.string() }),
  z.object({ manner: z.literal('timestamp'), of: z.string(), at: z.iso.datetime() }),
]);
type Bookmark = z.output<typeof Bookmark>;

export function changesOf(session: Session, clock: Clock): Omit<DirectoryChanges, 'readByIds'> {
  const of = session.root.context;
  const ofServer = serverOf(session);
  const mark = async (manner: ChangeManner): Promise<Bookmark | undefined> => {
    switch (manner) {
      case 'dirsync':
        return { manner, of: ofServer, cookie: (await cookieOfNow(session)).toString('base64') };
      case 'usn': {
        const now = await usnOfNow(session);
        return now && { manner, of: now.invocationId, usn: now.usn };
      }
      case 'syncrepl': {
        const cookie = await syncCookieOfNow(session);
        return cookie === undefined ? undefined : { manner, of, cookie };
      }
      case 'timestamp':
        return { manner, of: ofServer, at: timestampOfNow(clock()).toISOString() };
      case 'none':
        return undefined;
    }
  };
  return {
    async manner() {
      const inOrder: readonly ChangeManner[] = session.root.activeDirectory
        ? ['dirsync', 'usn']
        : ['syncrepl', 'timestamp'];
      for (const manner of inOrder) {
        // What is not allowed, or not known, is not used; what is broken is told.
        const found = await mark(manner).catch((error: unknown) => notOffered(error));
        if (found !== undefined) return manner;
      }
      return 'none';
    },
    async bookmark(manner) {
      const found = await mark(manner).catch((error: unknown) => {
        throw refusal(error);
      });
      if (found !== undefined) return JSON.stringify(found);
      throw new DirectoryRefusal(
        'directory.refused',
        'The directory does not tell its changes in this way any more; choose another, or read it whole.',
        false,
      );
    },
    async since(text, signal) {
      const bookmark = readBookmark(text);
      try {
        return await since(session, bookmark, clock, signal);
      } catch (error) {
        if (error instanceof BookmarkRefused) throw error;
        const known = refusal(error);
        // A cookie that is no cookie of this directory is a value that it refuses.
        if (known.code === 'value.refused' || known.code === 'directory.refused') {
          throw new BookmarkRefused(known.message, { cause: error });
        }
        throw known;
      }
    },
  };
}

async function since(
  session: Session,
  bookmark: Bookmark,
  clock: Clock,
  signal: AbortSignal | undefined,
): Promise<Changes> {
  if (bookmark.manner === 'usn') {
    // Before the question: what changes meanwhile is told again the next time.
    const now = await usnOfNow(session);
    if (now?.invocationId !== bookmark.of || now.usn < bookmark.usn) {
      throw new BookmarkRefused('Another domain controller answers, or it was restored.');
    }
    const changes = await changesByUsn(session, { ...now, usn: bookmark.usn }, signal);
    return { ...changes, bookmark: JSON.stringify({ ...bookmark, usn: now.usn }) };
  }
  const of = bookmark.manner === 'syncrepl' ? session.root.context : serverOf(session);
  if (bookmark.of !== of) {
    throw new BookmarkRefused(
      'The bookmark is of another directory, or of another of its servers.',
    );
  }
  switch (bookmark.manner) {
    case 'dirsync': {
      const from = Buffer.from(bookmark.cookie, 'base64');
      const { cookie, ...changes } = await changesByDirSync(session, from, signal);
      const next = { ...bookmark, cookie: cookie.toString('base64') };
      return { ...changes, bookmark: JSON.stringify(next) };
    }
    case 'syncrepl': {
      const { cookie, ...changes } = await changesBySyncrepl(session, bookmark.cookie, signal);
      return { ...changes, bookmark: JSON.stringify({ ...bookmark, cookie }) };
    }
    case 'timestamp': {
      const at = timestampOfNow(clock()).toISOString();
      const changes = await changesByTimestamp(session, new Date(bookmark.at), signal);
      return { ...changes, bookmark: JSON.stringify({ ...bookmark, at }) };
    }
  }
}

/**
 * Cookies and clocks are one server's: what another has not heard of yet would never be told. syncrepl alone
 * counts over all servers (its cookie names each).
 */
function serverOf({ root, reached }: Session): string {
  const server = root.server === '' ? `${reached.host}:${reached.port}` : root.server;
  return `${root.context} at ${server.toLowerCase()}`;
}

function readBookmark(text: string): Bookmark {
  try {
    return Bookmark.parse(JSON.parse(text));
  } catch (error) {
    throw new BookmarkRefused('The bookmark cannot be read.', { cause: error });
  }
}

const unoffered: readonly string[] = ['rights.missing', 'directory.refused', 'value.refused'];

function notOffered(error: unknown): undefined {
  const known = refusal(error);
  if (!unoffered.includes(known.code)) throw known;
  return undefined;
}
