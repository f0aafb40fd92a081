// What the settings of directory syncs refuse; a part of the one table in problem.ts.

export const directorySyncProblems = {
  'directory-sync.misfit': {
    status: 422,
    sentence: 'The directory sync does not fit: {reason}.',
  },
  'directory-sync.taken': {
    status: 409,
    sentence:
      'The connection "{name}" has a directory sync already, number {id}; change that one, or choose another connection.',
  },
  'directory-sync.busy': {
    status: 409,
    sentence: 'The directory sync "{name}" is at work; cancel its run or wait until it ends.',
  },
  'directory-sync.foreign-desk': {
    status: 422,
    sentence:
      'The Halo connection {id} is none of the sync’s client, and a client’s sync writes into a Halo of that client alone; choose another, or the hub’s own desk.',
  },
  'directory-sync.foreign-directory': {
    status: 422,
    sentence:
      'The connection {id} belongs to another client than its sync by now; give it back, or delete the sync and make one for that client.',
  },
  'directory-sync.shared-directory': {
    status: 403,
    sentence:
      'The directory sync "{name}" reads through a connection that is not its client’s alone: what is read there is seen and set by those who look after every client.',
  },
  'directory-sync.unseen': { status: 502, sentence: '{reason}' },
  'directory-sync.commands': {
    status: 422,
    sentence:
      'One request may test, browse or preview {most} connections at most; send them one by one.',
  },
  'directory-sync.mixed': {
    status: 422,
    sentence:
      'One request saves connections, or tests, browses and previews them; nothing was saved. Send the two apart.',
  },
} as const satisfies Record<string, { readonly status: number; readonly sentence: string }>;
