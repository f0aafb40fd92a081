// What applications for single sign-on refuse; a part of the one table in problem.ts.

export const ssoApplicationProblems = {
  'sso.name-taken': {
    status: 409,
    sentence:
      'There is an application for single sign-on called "{name}" already; choose another name.',
  },
  'sso.guid-taken': {
    status: 409,
    sentence: 'There is an application with the guid {guid} already; leave the guid out.',
  },
  'sso.misfit': { status: 422, sentence: 'The application does not fit: {reason}.' },
  'sso.plain-http': {
    status: 422,
    sentence:
      '{address} is not encrypted, and a provider is believed over HTTPS alone; use an address that begins with https://.',
  },
  'sso.lab-refused': {
    status: 422,
    sentence: 'Lab applications belong to a lab database, which this is not; leave `lab` out.',
  },
  'sso.address-refused': { status: 422, sentence: '{reason}' },
  'sso.no-address': {
    status: 409,
    sentence: '"{name}" has no address that could be confirmed; enter it first.',
  },
  'sso.changed': {
    status: 409,
    sentence: '"{name}" was changed meanwhile; look at it again, and try again.',
  },
  'sso.domain-taken': {
    status: 409,
    sentence: 'The domain {domain} stands there already.',
  },
  'sso.domain-misfit': {
    status: 422,
    sentence: '"{domain}" is no mail domain; write it as in larkfield.example.',
  },
} as const satisfies Record<string, { readonly status: number; readonly sentence: string }>;
