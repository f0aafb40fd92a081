// What sealing, master keys and their rotation refuse; a part of the one table in problem.ts.

export const keyProblems = {
  'sealing.key-lost': {
    status: 500,
    sentence:
      'The master key {file} is missing, though this database was sealed with it; restore the file or set SUNDOG_MASTER_KEY.',
  },
  'sealing.unreadable-key': {
    status: 500,
    sentence:
      'The master key {file} cannot be read ({reason}); give this user the right to read it.',
  },
  'sealing.broken': {
    status: 500,
    sentence: 'A sealed value of {table} cannot be opened: it was altered or belongs elsewhere.',
  },
  'sealing.other-key': {
    status: 500,
    sentence:
      'The master key does not fit this database, which needs the key {key}; set SUNDOG_MASTER_KEY or SUNDOG_MASTER_KEY_FILE to it.',
  },
  'sealing.bad-key': {
    status: 500,
    sentence: 'The master key from {source} is not 32 bytes in base64; restore the right one.',
  },
  'sealing.previous-key': {
    status: 500,
    sentence:
      '{count} values of this database are still sealed with the master key {key}, which is missing; give it as SUNDOG_MASTER_KEY_PREVIOUS (or as a line of the key file) until `keys rotate` has ended.',
  },
  'sealing.retired-key': {
    status: 503,
    sentence:
      'The master key {key} was retired and seals nothing more; start this process again with the present key.',
  },
  'keys.none-given': {
    status: 409,
    sentence:
      'There is no new master key to change to: set SUNDOG_MASTER_KEY_NEXT to one (`openssl rand -base64 32`) for every process of the hub, start them again, then ask again.',
  },
  'keys.file-unwritable': {
    status: 500,
    sentence:
      'The new master key cannot be written to {file} ({reason}); give this user the right to write there. Nothing was changed.',
  },
  'keys.came-back': {
    status: 409,
    sentence:
      'The master key {key} was retired before and does not come back; give a new one (`openssl rand -base64 32`).',
  },
} as const satisfies Record<string, { readonly status: number; readonly sentence: string }>;
