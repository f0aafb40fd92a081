// What security questions, enrolment and self-service refuse; a part of the one table in problem.ts.

export const selfServiceProblems = {
  'question.in-use': {
    status: 409,
    sentence:
      'People have answered the question {id}; disable it instead, and it is offered to nobody new.',
  },
  'question.taken': {
    status: 409,
    sentence: 'There is already another question with this text; change that one.',
  },
  'self-service.off': {
    status: 404,
    sentence: 'Nobody resets their password here by themselves; ask your service desk.',
  },
  'self-service.no-mail': {
    status: 422,
    sentence:
      'Self-service tells people of every attempt and needs a mail connection for that; choose one first.',
  },
  'self-service.barred': {
    status: 422,
    sentence: '{person} does not reset a password here: {reason}.',
  },
  'self-service.no-address': {
    status: 422,
    sentence: 'The desk has no mail address of {person}; fill it in, then send the link.',
  },
  'self-service.fresh-address': {
    status: 409,
    sentence:
      'The mail address of {person} was changed less than 72 hours ago; send the link once it has stood that long.',
  },
  'self-service.too-many': {
    status: 429,
    sentence: 'Too much was tried from here; wait some minutes, then try again.',
  },
  'self-service.many-links': {
    status: 429,
    sentence: '{person} was sent several links today; wait until tomorrow.',
  },
  'self-service.one-at-a-time': {
    status: 400,
    sentence: 'One person is looked up or checked at a time; send one object.',
  },
} as const;
