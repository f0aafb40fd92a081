// Refusals of linking identities to people by hand; part of the one table in problem.ts.

export const ssoLinkProblems = {
  'sso-link.taken': {
    status: 409,
    sentence: 'The identity is linked to {name} already; remove that link first.',
  },
  'sso-link.unproven': {
    status: 409,
    sentence:
      'The attempt {attempt} proved no identity of this application; take one whose protocol checks all passed.',
  },
  'sso-link.upwards': {
    status: 403,
    sentence:
      '{name} may do what you may not: who links an identity to an agent holds every permission of theirs.',
  },
  'sso-link.disabled': {
    status: 409,
    sentence: '{name} cannot sign in; enable them first.',
  },
} as const;
