// The refusals of records: of the service desk's, and of everything that is found by an id.

export const deskProblems = {
  'record.unknown': {
    status: 404,
    sentence:
      'There is no {kind} with the id {id}, or none that you may see; list them to find the right id.',
  },
  'client.unknown': {
    status: 422,
    sentence:
      'There is no client {id}; GET /api/Client lists them, and without clientId it is for all.',
  },
  'role.unknown-permission': {
    status: 400,
    sentence: 'There is no permission "{permission}" to grant; there are {known}.',
  },
  'record.out-of-reach': {
    status: 403,
    sentence: 'This {kind} would be outside of what you may see; choose a place within your own.',
  },
  'record.taken': {
    status: 400,
    sentence: 'Another {kind} has this {member} already; choose another.',
  },
  'record.refers-to-nothing': {
    status: 400,
    sentence: 'The {member} given names nothing that exists; send one that does.',
  },
  'record.in-use': {
    status: 400,
    sentence: 'This {kind} is still used by {by} and cannot be deleted; make it inactive instead.',
  },
  'record.kept': {
    status: 400,
    sentence: 'This {kind} belongs to the desk itself and cannot be deleted.',
  },
  'record.incomplete': { status: 400, sentence: 'A new {kind} needs {member}.' },
  'record.not-yours': { status: 404, sentence: 'You have no {kind} of your own here: {reason}.' },
  'person.misfit': {
    status: 422,
    sentence: 'The {field} does not fit the desk: {reason}.',
  },
  'person.kept': {
    status: 422,
    sentence: '{name} is {what} and no person of a directory; it is left alone.',
  },
  'person.last-administrator': {
    status: 422,
    sentence:
      '{name} is the last active administrator of the desk and stays; make another agent an administrator first.',
  },
  'person.no-manager': {
    status: 422,
    sentence:
      'The manager {manager} has no record in the desk; bring them in too, and the next sync tells the desk.',
  },
  'person.no-record': {
    status: 422,
    sentence: 'There is no record for {name}, for it could not be created.',
  },
  'action.no-outcome': {
    status: 400,
    sentence: 'An Outcome must be entered for this Action: send outcome_id or outcome.',
  },
  'list.too-long': {
    status: 400,
    sentence: 'This list of {kind} has more than {max} rows; ask for pages with pageinate=true.',
  },
  'list.unsortable': { status: 400, sentence: '{kind} cannot be sorted by "{field}".' },
  'search.invalid': { status: 400, sentence: 'Invalid advanced search parameter: {reason}.' },
} as const;
