// Follows the chain link by link and names the first that is not what was signed, or not what it should be.
// Knows no database: links come from one, or from an export that a stranger holds.
import { type Digest, digestOf } from './audit-format.ts';

export type Link = {
  readonly seq: number;
  readonly format: number;
  readonly previous: Digest;
  readonly hash: Digest;
  /** What the hash is made of (audit_link_bytes); undefined where the entry is gone. */
  readonly bytes: Buffer | undefined;
  /** Without dashes; needed where the texts were destroyed. */
  readonly entryId: string;
  readonly textDigest: Digest | undefined;
  /** What the texts' digest is made of (audit_text_bytes); 'redacted' or 'missing' where they are gone. */
  readonly texts: Buffer | 'redacted' | 'missing';
  /** The entry whose texts were destroyed, where this one tells of that. */
  readonly redacts: string | undefined;
};

/** A checkpoint whose signature was found good. */
export type Anchor = { readonly seq: number; readonly hash: Digest; readonly from: string };

export type Finding = { readonly seq: number; readonly sentence: string };

/** Entries whose redaction is told of by entries that were not among the links. */
export type Redactions = {
  /** Committed a moment ago, not chained yet. */
  readonly underWay: ReadonlySet<string>;
  /** By any entry, also beyond the first bad link, where nothing was looked at. */
  readonly claimed: ReadonlySet<string>;
};

export type Proof = {
  /** False at the first bad link: nothing after it is looked at. */
  take(link: Link): boolean;
  /** How many links were good, and what is wrong. */
  end(redactions: Redactions): {
    readonly count: number;
    readonly last: number;
    readonly bad: Finding | undefined;
    /** Texts destroyed in silence; where entries are missing at the end, theirs may have told of it. */
    readonly untold: Finding | undefined;
  };
};

export const firstPrevious: Digest = '\0'.repeat(32);
const formatKnown = 1;

export function followChain(options: {
  /** The number of the first link to come, and the hash before it. */
  readonly from: number;
  readonly previous: Digest;
  readonly anchors: readonly Anchor[];
}): Proof {
  const anchors = Map.groupBy(options.anchors, ({ seq }) => seq);
  const emptied = new Map<string, number>();
  const redacted = new Set<string>();
  let next = options.from;
  let tip = options.previous;
  let bad: Finding | undefined;
  let isOfTexts = false;
  return {
    take(link) {
      const wrong = wrongOf(link, next, tip) ?? unlikeSigned(link, anchors.get(link.seq));
      if (wrong !== undefined) {
        bad = { seq: Math.min(next, link.seq), sentence: wrong };
        isOfTexts = wrong === textsMissing || wrong === textsChanged;
        return false;
      }
      if (link.texts === 'redacted') emptied.set(link.entryId, link.seq);
      if (link.redacts !== undefined) redacted.add(link.redacts);
      tip = link.hash;
      next += 1;
      return true;
    },
    end({ underWay, claimed }) {
      const count = next - options.from;
      const untold = firstUntold(bad === undefined ? underWay : claimed);
      // A bad entry may itself have been the one that told.
      const isEarlier = isOfTexts && untold !== undefined && untold.seq < next;
      return { count, last: next - 1, bad: isEarlier ? untold : (bad ?? truncated()), untold };
    },
  };

  function firstUntold(told: ReadonlySet<string>): Finding | undefined {
    for (const [id, seq] of emptied) {
      if (redacted.has(id) || told.has(id)) continue;
      return { seq, sentence: 'its texts are gone and no entry tells of a redaction' };
    }
    return undefined;
  }

  function truncated(): Finding | undefined {
    const beyond = options.anchors.find(({ seq }) => seq >= next);
    if (beyond === undefined) return undefined;
    const sentence = `it is missing: ${beyond.from} was signed when there were ${beyond.seq} entries`;
    return { seq: next, sentence };
  }
}

const textsMissing = 'its texts are missing';
const textsChanged = 'its texts are not what was written';

function wrongOf(link: Link, next: number, tip: Digest): string | undefined {
  if (link.seq !== next) {
    return link.seq > next ? 'it is missing' : 'its number stands twice';
  }
  if (link.bytes === undefined || link.textDigest === undefined) return 'its entry is missing';
  if (link.format !== formatKnown) return `its format ${link.format} is not known`;
  if (link.previous !== tip) return 'it does not follow the one before it';
  if (digestOf(link.bytes) !== link.hash) return 'its entry is not what was chained';
  if (link.texts === 'redacted') return undefined;
  if (link.texts === 'missing') return textsMissing;
  if (digestOf(link.texts) !== link.textDigest) return textsChanged;
  return undefined;
}

function unlikeSigned(link: Link, anchors: readonly Anchor[] = []): string | undefined {
  const other = anchors.find(({ hash }) => hash !== link.hash);
  return other && `it is not what was signed: ${other.from}`;
}
