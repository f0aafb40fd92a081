// What password fields refuse; a part of the one table in problem.ts. No sentence quotes a value.

export const passwordFieldProblems = {
  'password-field.misfit': {
    status: 400,
    sentence: 'The password for the field "{field}" cannot be kept: {reason}.',
  },
  'password-field.not-its-id': {
    status: 400,
    sentence:
      'The field "{field}" was sent with an id that is not that of its password; send a new password as text, or leave the field out.',
  },
  'password-field.open': {
    status: 400,
    sentence:
      'The field "{field}" keeps its value in the open; make a custom field with inputtype 6 for passwords.',
  },
  'password-field.owner': {
    status: 400,
    sentence:
      'Passwords are kept in custom fields of tickets, clients, sites, assets and users alone; choose one of those as usage, and 0 (text) as type.',
  },
  'password-field.not-here': {
    status: 422,
    sentence: 'A password cannot be set this way; set it through the record at /api.',
  },
  'password-field.other-object': {
    status: 400,
    sentence:
      'The field {field} does not belong to object_type {type}: it is one of a {owner} ({wanted}).',
  },
  'password-field.no-value-here': {
    status: 400,
    sentence:
      'POST /PasswordField shows a password and sets none; set it through customfields of its record, and leave value out here.',
  },
  'password-field.none': {
    status: 404,
    sentence: 'There is no password in the field {field} of {kind} {id}, or none that you may see.',
  },
} as const satisfies Record<string, { readonly status: number; readonly sentence: string }>;
