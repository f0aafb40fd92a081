// What syncs of directories refuse, and what they say of a person; a part of the one table in problem.ts.

export const syncProblems = {
  'sync.several-in-desk': {
    status: 422,
    sentence:
      '{person} may be {candidates} of the desk; link one of them, make a new record or leave {person} out.',
  },
  'sync.taken': {
    status: 422,
    sentence:
      '{person} matches {candidates} of the desk, which belongs to somebody else of a directory; link another record, make a new one or leave {person} out.',
  },
  'sync.former-record': {
    status: 422,
    sentence:
      '{person} matches {candidates} of the desk, of somebody who is no longer in the directory; link them where it is the same person, make a new record or leave {person} out.',
  },
  'sync.several-entries': {
    status: 422,
    sentence:
      '{person} shares {key} with {others} in the directory; mend it there, or say which record of the desk {person} is.',
  },
  'sync.administrator': {
    status: 422,
    sentence:
      '{person} has the mail address of {candidates}, who administers the desk; an address alone makes nobody an administrator, so link them by hand.',
  },
  'sync.desk-record-gone': {
    status: 422,
    sentence:
      'The record {id} of {person} is no longer in the desk; link another, make a new one or leave {person} out.',
  },
  'sync.no-name': {
    status: 422,
    sentence: 'The entry {dn} has no name that the desk could show; give it one in the directory.',
  },
  'sync.no-site': {
    status: 422,
    sentence:
      '{person} would belong to no site; choose one for the place {place}, or a template for new users.',
  },
  'sync.service-account': {
    status: 422,
    sentence: '{person} is the account that Sundog signs in with; it is left out.',
  },
  'sync.disabled': {
    status: 422,
    sentence: '{person} is disabled in the directory; no record is made until that changes.',
  },
  'sync.value-too-long': {
    status: 422,
    sentence:
      'The {field} of {person} has more than {limit} characters; it stays as it is in the desk until it is shortened.',
  },
  'sync.value-unreadable': {
    status: 422,
    sentence:
      'The {field} of {person} is no readable text; it stays as it is in the desk until it is mended in the directory.',
  },
  'sync.photo-refused': {
    status: 422,
    sentence:
      'The photo of {person} is no JPEG or PNG of at most {limit} KB; the desk keeps the one it has.',
  },
  'sync.gone': {
    status: 422,
    sentence:
      '{person} is no longer in the directory or in any place of the sync; decide whether the record in the desk stays active.',
  },
  'sync.running': {
    status: 409,
    sentence: 'A sync of "{name}" is under way already; wait until it has ended, or cancel it.',
  },
  'sync.stopped': {
    status: 422,
    sentence:
      '{reason} Nothing was to be changed, and nothing of it is remembered; mend it in the directory, or start the sync once with an override of {guards} and the reason.',
  },
  'sync.no-places': {
    status: 422,
    sentence: 'The sync "{name}" has no places to read; add a container or a group.',
  },
  'sync.desk-unreachable': {
    status: 502,
    sentence: 'The record {id} cannot be looked at in {desk}: {reason}',
  },
  'sync.remote-board': {
    status: 422,
    sentence:
      '{person} is not imported: a remote Halo’s boards cannot be reached; let {place} make users or agents, or sync into the hub’s own desk.',
  },
  'sync.remote-photo': {
    status: 422,
    sentence: 'The photo of {person} stays out: Halo’s API takes no photos.',
  },
  'sync.ended': {
    status: 409,
    sentence: 'The sync has ended already; there is nothing to cancel.',
  },
  'sync.dispute-settled': {
    status: 409,
    sentence: '{person} has the record {id} of the desk already; there is nothing to decide.',
  },
  'sync.dispute-record': {
    status: 422,
    sentence:
      'The record {id} cannot be linked: {reason}; choose another, or decide in another way.',
  },
} as const satisfies Record<string, { readonly status: number; readonly sentence: string }>;
