// Refusals of acting as somebody else; part of the one table in problem.ts.

export const impersonationProblems = {
  'impersonation.not-here': {
    status: 403,
    sentence: 'This is not done while acting as {name}; switch back and do it as yourself.',
  },
} as const;
