// The refusals around the audit trail.

export const auditProblems = {
  'audit.unavailable': {
    status: 503,
    sentence:
      'The audit trail cannot be written just now, so nothing is shown; try again in a moment.',
  },
  'audit.not-written': {
    status: 400,
    sentence:
      'Audit entries are written by the hub alone; the one thing to POST is {"id": …, "_redact": true}.',
  },
  'audit.permanent': {
    status: 403,
    sentence:
      'Entries of the audit trail are never deleted; POST it with "_redact": true to destroy its texts.',
  },
  'audit.key-unread': {
    status: 422,
    sentence:
      'The key cannot be read; give a file with a JWK, a JWK set or a PEM, or the 32 bytes in base64url.',
  },
  'audit.export-unread': {
    status: 422,
    sentence: 'Line {line} of the export is no audit entry; was it made by "sundog audit export"?',
  },
} as const;
