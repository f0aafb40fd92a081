// The refusals of secret links. To whoever opens one they say what became of it, and no more than that.

export const secretLinkProblems = {
  'secret-link.unknown': {
    status: 404,
    sentence:
      'There is nothing at this link: it is incomplete or was altered, or it is long gone; ask its sender for the whole of it.',
  },
  'secret-link.viewed': {
    status: 410,
    sentence:
      'The secret was shown on {when} and is destroyed; if it was not you who read it, tell its sender at once.',
  },
  'secret-link.claimed': {
    status: 410,
    sentence:
      'The secret was asked for on {when} and its answer is under way; nobody else can have it.',
  },
  'secret-link.forfeited': {
    status: 410,
    sentence:
      'The secret was asked for on {when}, but the answer was interrupted; it is destroyed, so ask its sender for a new one.',
  },
  'secret-link.burnt': {
    status: 410,
    sentence: 'The secret was destroyed on {when}; ask its sender for a new one.',
  },
  'secret-link.expired': {
    status: 410,
    sentence:
      'The link ran out on {when} and its secret is destroyed; ask its sender for a new one.',
  },
  'secret-link.answered': {
    status: 410,
    sentence: 'This request was answered already; ask its sender for a new one to send more.',
  },
  'secret-link.not-given': {
    status: 409,
    sentence: 'Nobody has answered this request yet; open the link again when somebody has.',
  },
  'secret-link.not-ready': {
    status: 409,
    sentence: 'The file is still being sent; open the link again in a moment.',
  },
  'secret-link.passphrase-needed': {
    status: 403,
    sentence: 'This link is protected by a passphrase; its sender has it.',
  },
  'secret-link.passphrase-wrong': {
    status: 403,
    sentence: 'The passphrase is not the right one; mind capitals and spaces, or ask its sender.',
  },
  'secret-link.slow-down': {
    status: 429,
    sentence: 'Too many passphrases were tried; try again in {seconds} seconds.',
  },
  'secret-link.elsewhere': {
    status: 403,
    sentence: 'This was sent by a page of another site; open the link itself.',
  },
  'secret-link.misfit': { status: 400, sentence: 'The secret link does not fit: {reason}.' },
  'secret-link.no-room': {
    status: 422,
    sentence:
      'There is no room for {size}: {whose} links keep {kept} of at most {most}; burn some that nobody needs.',
  },
  'secret-link.token-taken': {
    status: 409,
    sentence: 'There is a link with this id already; send the secret again under a new one.',
  },
} as const;
