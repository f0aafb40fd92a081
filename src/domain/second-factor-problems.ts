// What second factors and the rules of signing in refuse; a part of the one table in problem.ts.

export const secondFactorProblems = {
  'second-factor.failed': {
    status: 401,
    sentence:
      'The code is wrong, was used before, or was tried too often; wait for the next one, or use a recovery code.',
  },
  'second-factor.wrong-code': {
    status: 400,
    sentence:
      'The code does not fit what was set up; wait for the next one, and see that the clock of the phone is right.',
  },
  'second-factor.no-password': {
    status: 409,
    sentence:
      'You have no password in this hub, so there is nothing a second factor could be added to; another system vouches for you.',
  },
  'second-factor.needed': {
    status: 409,
    sentence:
      'Agents need a second factor here, and this is your last one; set up another before you remove it.',
  },
  'second-factor.none': {
    status: 409,
    sentence: 'There is no second factor yet; recovery codes come with the first.',
  },
  'second-factor.session-needed': {
    status: 403,
    sentence:
      'Only a person who signed in at a browser changes how they sign in; a program does not.',
  },
  'passkey.refused': {
    status: 401,
    sentence:
      'This passkey does not sign in here: it is unknown or was removed, or its proof does not fit. Try again, or use another way.',
  },
  'passkey.unfit': {
    status: 400,
    sentence:
      'The passkey was not added: its proof does not fit, it does not verify its owner, or it took too long. Try again.',
  },
  'passkey.taken': { status: 409, sentence: 'This passkey is set up already.' },
  'passkey.too-many': {
    status: 409,
    sentence: 'There are {max} passkeys already; remove one you no longer use.',
  },
  'passkey.impossible': {
    status: 409,
    sentence:
      'Passkeys need a hub that is reached by a name over HTTPS; {address} is not. Set SUNDOG_PUBLIC_URL.',
  },
  'sign-in.elsewhere': {
    status: 403,
    sentence:
      'Agents sign in with single sign-on here; a password of this hub is for emergencies, by the agents named for them.',
  },
  'sign-in-settings.locks-out': {
    status: 422,
    sentence:
      'With this nobody could sign in once single sign-on fails: name at least one enabled administrator who has a password here.',
  },
} as const;
