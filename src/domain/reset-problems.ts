// What resetting a password and unlocking an account in a directory refuse; a part of the one table in problem.ts.

export const resetProblems = {
  'reset.no-directory': {
    status: 422,
    sentence:
      'There is no directory for {person} to have an account in; make a connection to Active Directory first.',
  },
  'reset.no-account': {
    status: 422,
    sentence:
      'No account of {person} was found in {system}; link it by a run, or fill in their login in the desk.',
  },
  'reset.several-accounts': {
    status: 422,
    sentence:
      'What the desk knows of {person} fits several accounts; link the right one by a run before it is reset.',
  },
  'reset.another-person': {
    status: 422,
    sentence:
      'The account that fits {person} is linked to somebody else; settle whose it is before it is reset.',
  },
  'reset.unlinked': {
    status: 422,
    sentence:
      'The account of {person} is not linked yet, and the policy resets linked accounts only; link it by a run.',
  },
  'reset.privileged': {
    status: 403,
    sentence:
      'The account of {person} is privileged; it is reset by an administrator of the directory and by nobody else.',
  },
  'reset.service-account': {
    status: 403,
    sentence:
      'The account of {person} is a service account ({reason}); it is never reset this way.',
  },
  'reset.disabled': {
    status: 422,
    sentence: 'The account of {person} is disabled; have it enabled before its password is set.',
  },
  'reset.expired': {
    status: 422,
    sentence: 'The account of {person} has expired; have it extended before its password is set.',
  },
  'reset.smart-card': {
    status: 422,
    sentence:
      'The account of {person} signs in by smart card only, so a password would be of no use; see an administrator.',
  },
  'reset.not-locked': {
    status: 422,
    sentence: 'The account of {person} is not locked; if signing in fails, reset its password.',
  },
  'reset.undated': {
    status: 422,
    sentence:
      'The password of {person} is not reset: the column {column} has no time, which says which request is met.',
  },
  'reset.password-gone': {
    status: 410,
    sentence:
      'The new password for {person} was destroyed before the directory had it; ask for the reset again.',
  },
  'reset.directory-away': {
    status: 503,
    sentence: '{system} cannot be asked just now; try again in some minutes.',
  },
  'reset.too-many': {
    status: 429,
    sentence:
      '{count} passwords were reset or accounts unlocked in {system} within a day, and the policy allows {limit}; an administrator looks into it first.',
  },
} as const;
