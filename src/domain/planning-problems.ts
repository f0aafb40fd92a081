// What reading a source and planning refuse; a part of the one table in problem.ts.

export const planningProblems = {
  'macro.malformed': {
    status: 422,
    sentence: 'The macro {macro} cannot be read: {reason}.',
  },
  'macro.empty': {
    status: 422,
    sentence:
      'The macro {macro} has no value here: {reason}. Fill the value in at the source, or write a default after |.',
  },
  'macro.unknown': { status: 422, sentence: 'The macro {macro} is not known: {reason}.' },
  'macro.unfit': { status: 422, sentence: 'The macro {macro} cannot stand there: {reason}.' },
  'path.malformed': {
    status: 422,
    sentence: 'The JSONPath {path} of {endpoint} cannot be read: {reason}.',
  },
  'row.malformed': {
    status: 422,
    sentence: 'Row {row} of {endpoint} is no object; check the path to its rows.',
  },
  'key.missing': {
    status: 422,
    sentence:
      'Row {row} of {endpoint} has no {column}, which is its primary key; nobody is read until each row has one.',
  },
  'column.missing': {
    status: 422,
    sentence:
      'No row of {endpoint} has the column {column} ({path}); the source changed its shape, or the path is wrong.',
  },
  'record.duplicate': {
    status: 422,
    sentence:
      'There are {count} records with the key {key}; nothing is done until the source has one.',
  },
  'cell.wrong': {
    status: 422,
    sentence:
      'The column {column} {reason}; mend the value at the source or the type of the column.',
  },
  'person.gone': {
    status: 422,
    sentence:
      '{person} is no longer in the source; the account stays as it is until somebody decides, for absence alone disables nobody.',
  },
  'account.vanished': {
    status: 422,
    sentence:
      'The account linked to {person} is no longer in the directory; restore it, or remove the link so that a new one is made.',
  },
  'account.protected': {
    status: 422,
    sentence:
      'The account of {person} is protected; nothing is changed, a person must do it by hand.',
  },
  'account.from-directory': {
    status: 422,
    sentence: '{person} comes from the directory, which alone creates and disables the account.',
  },
  'account.synced': {
    status: 422,
    sentence:
      '{person} comes from the directory by the sync "{sync}"; the directory alone creates, disables and enables the account.',
  },
  'account.synced-attributes': {
    status: 422,
    sentence:
      '{attributes} of {person} come from the directory by the sync "{sync}" and are not written back to it.',
  },
  'match.several-accounts': {
    status: 422,
    sentence: '{person} may be {accounts}; nothing is done until one of them is linked by hand.',
  },
  'match.several-records': {
    status: 422,
    sentence:
      '{person} matches {account}, and so does {others}; nothing is done until it is linked to one of them.',
  },
  'match.account-linked': {
    status: 422,
    sentence:
      '{person} matches {account}, which is linked to {other}; nothing is done until that is settled by hand.',
  },
  'names.exhausted': {
    status: 422,
    sentence:
      'Every name that the naming formats make for {person} is taken or empty; add a recipe or a counter.',
  },
  'container.unknown': {
    status: 422,
    sentence: 'The container {container} for {person} does not exist; create it or choose another.',
  },
  'container.unchosen': {
    status: 422,
    sentence: 'No container is chosen for people whose {column} is {value}.',
  },
  'group.unknown': {
    status: 422,
    sentence: 'The group {group} of the rule {rule} does not exist; create it or mend the rule.',
  },
  'group.protected': {
    status: 422,
    sentence: 'The group {group} is protected; nobody is added to it by an automation.',
  },
  'undo.creation': {
    status: 422,
    sentence:
      'The account of {person} is disabled, not deleted: a SID and a password do not come back, and deleting it needs a plan of its own.',
  },
  'undo.person-created': {
    status: 422,
    sentence: '{person} is deactivated, not deleted: tickets may be theirs by now.',
  },
  'undo.record-gone': {
    status: 422,
    sentence: '{person} is no longer in {system}; there is nothing to take back.',
  },
  'undo.record-anothers': {
    status: 422,
    sentence:
      'The record of {person} in {system} belongs to somebody else of a directory by now; nothing of it is taken back.',
  },
  'undo.changed-since': {
    status: 422,
    sentence: '{what} of {person} was changed since by somebody else and stays as it is.',
  },
  'undo.account-gone': {
    status: 422,
    sentence: 'The account of {person} is no longer in {system}; there is nothing to take back.',
  },
  'undo.password': {
    status: 422,
    sentence:
      'The password of {person} stays as it was set: the one before is known to nobody; reset it again if need be.',
  },
  'undo.unlocked': {
    status: 422,
    sentence: 'The account of {person} stays unlocked; disable it if nobody may sign in.',
  },
  'undo.told': {
    status: 422,
    sentence: 'What {webhook} was told about {person} cannot be taken back.',
  },
} as const satisfies Record<string, { readonly status: number; readonly sentence: string }>;
