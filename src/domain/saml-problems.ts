// What SAML settings refuse; a part of the one table in problem.ts.

export const samlProblems = {
  'sso-metadata.refused': {
    status: 422,
    sentence: 'The metadata of the provider cannot be used: {reason}.',
  },
  'sso-metadata.unreachable': {
    status: 422,
    sentence: 'The metadata of the provider could not be read from its address: {reason}',
  },
  'sso-metadata.none': {
    status: 404,
    sentence:
      'No metadata of the provider was given yet; send it or its address to /v1/sso-applications/{id}/metadata.',
  },
  'sso-metadata.no-address': {
    status: 409,
    sentence: 'The metadata was given as XML and has no address to be read from; give it anew.',
  },
  'sso-application.wrong-protocol': {
    status: 409,
    sentence: 'The application "{name}" is for {protocol}; this is for applications of SAML alone.',
  },
} as const satisfies Record<string, { readonly status: number; readonly sentence: string }>;
