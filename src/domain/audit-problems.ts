// The refusals around the audit trail.

export const auditProblems = {
  'audit.unavailable': {
    status: 503,
    sentence:
      'The audit trail cannot be written just now, so nothing is shown; try again in a moment.',
  },
  'audit.permanent': {
    status: 405,
    sentence:
      'Entries of the audit trail are never deleted; POST it with "_redact": true to destroy its texts.',
  },
} as const;
