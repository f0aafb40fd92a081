// Photos of people: put by once for each, known by their sha-256, and swept when nobody has them any more.
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { type Db, json, type Tx } from '#store/db.ts';

const bytesMax = 1_000_000;
/** A plan may wait for its yes for a while before it names them. */
const unusedDays = 30;

/** The sha-256 of each in lower-case hex, in order; undefined for what is no picture that browsers show. */
export async function keepPhotos(
  db: Db | Tx,
  photos: readonly Buffer[],
  now: Date,
): Promise<readonly (string | undefined)[]> {
  const kept = photos.map((octets) => {
    const mediaType = mediaTypeOf(octets);
    if (mediaType === undefined || octets.length > bytesMax) return undefined;
    return { sha256: createHash('sha256').update(octets).digest('hex'), mediaType, octets };
  });
  const rows = new Map(kept.flatMap((one) => (one === undefined ? [] : [[one.sha256, one]])));
  if (rows.size > 0) {
    const given = [...rows.values()]
      .toSorted((one, other) => (one.sha256 < other.sha256 ? -1 : 1))
      .map(({ sha256, mediaType, octets }) => ({
        sha256: `\\x${sha256}`,
        media_type: mediaType,
        octets: `\\x${octets.toString('hex')}`,
      }));
    await sql`
      insert into photo_octets (sha256, media_type, octets, kept_at)
      select sha256, media_type, octets, ${now}::timestamptz
      from json_populate_recordset(null::photo_octets, ${json(given)}::json)
      on conflict (sha256) do update set kept_at = excluded.kept_at`.execute(db);
  }
  return kept.map((one) => one?.sha256);
}

/** Removes those that nobody has and nobody put by lately. */
export async function sweepPhotos(db: Db, now: Date): Promise<number> {
  const before = new Date(now.getTime() - unusedDays * 86_400_000);
  const { numAffectedRows } = await sql`
    delete from photo_octets p where p.kept_at < ${before}
      and not exists (select 1 from desk_users u where u.photo_sha256 = p.sha256)
      and not exists (select 1 from desk_agents a where a.photo_sha256 = p.sha256)`.execute(db);
  return Number(numAffectedRows ?? 0);
}

/** By their first octets: JPEG (ITU-T T.81, SOI and the next marker), PNG (RFC 2083 §3.1), GIF. */
function mediaTypeOf(octets: Buffer): string | undefined {
  const head = octets.subarray(0, 8).toString('hex');
  if (head.startsWith('ffd8ff')) return 'image/jpeg';
  if (head === '89504e470d0a1a0a') return 'image/png';
  return /^47494638(37|39)61/.test(head) ? 'image/gif' : undefined;
}
