// What key vaults refuse, and those whose secrets are kept there; a part of the one table in problem.ts.

export const keyVaultProblems = {
  'vault.name-taken': {
    status: 409,
    sentence: 'There is a key vault called "{name}" already; choose another name.',
  },
  'vault.misfit': { status: 422, sentence: 'The key vault does not fit: {reason}.' },
  'vault.lab-refused': {
    status: 422,
    sentence: 'Lab vaults belong to a lab database, which this is not; leave `lab` out.',
  },
  'vault.address-refused': { status: 422, sentence: '{reason}' },
  'vault.in-use': {
    status: 409,
    sentence:
      'The key vault keeps the secrets of {users}; give those another secret, or delete them first.',
  },
  'vault.incomplete': {
    status: 409,
    sentence:
      'The key vault "{name}" cannot be asked yet: {missing}; enter it under /v1/key-vaults/{id}.',
  },
  'vault.unreadable': { status: 502, sentence: '{reason}' },
  'connection.changed': {
    status: 409,
    sentence: 'The connection was changed while it was used; try again.',
  },
  'connection.vault-refused': {
    status: 422,
    sentence: 'The secret is not taken from the key vault: {reason}',
  },
  'connection.vault-foreign': {
    status: 422,
    sentence:
      'The key vault {vault} belongs to another client than the connection; choose one of the same client, or one of all clients.',
  },
  'connection.secret-unreachable': {
    status: 502,
    sentence: 'The secret of "{name}" is kept in a key vault and could not be had: {reason}',
  },
} as const satisfies Record<string, { readonly status: number; readonly sentence: string }>;
