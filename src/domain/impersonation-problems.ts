// Refusals of acting as somebody else; part of the one table in problem.ts.

export const impersonationProblems = {
  'impersonation.not-here': {
    status: 403,
    sentence: 'This is not done while acting as {name}; switch back and do it as yourself.',
  },
  'impersonation.off': {
    status: 403,
    sentence:
      'Acting as {whom} is switched off; an administrator can allow it on the page Impersonation.',
  },
  'impersonation.one': {
    status: 400,
    sentence: 'Name one to act as: either `agent` or `user`, by their id.',
  },
  'impersonation.reason': {
    status: 400,
    sentence:
      'Say why, in `reason`: {min} to {max} characters on one line; it is kept and shown to the person.',
  },
  'impersonation.unknown': {
    status: 404,
    sentence: 'There is nobody with that id whom you may see.',
  },
  'impersonation.oneself': {
    status: 403,
    sentence: 'You are yourself already; name somebody else.',
  },
  'impersonation.disabled': {
    status: 403,
    sentence: '{name} cannot sign in, so nobody acts as them; enable them first.',
  },
  'impersonation.upwards': {
    status: 403,
    sentence: '{name} may do what you may not, or is an administrator: nobody acts as them.',
  },
  'impersonation.person-needed': {
    status: 403,
    sentence: 'Only an agent who signed in acts as somebody else; a program does not.',
  },
  'impersonation.browser-needed': {
    status: 403,
    sentence: 'The token is used in the browser in which its requestor is signed in.',
  },
  'impersonation.token': {
    status: 400,
    sentence:
      'The token is no good here: it works once, within a minute, in the browser session that asked for it; ask anew.',
  },
  'impersonation.none': {
    status: 409,
    sentence: 'You act as nobody else; there is nothing to switch back from.',
  },
} as const;
