// What automations, plans and runs refuse; a part of the one table in problem.ts.

export const automationProblems = {
  'name.in-use': {
    status: 409,
    sentence: 'There is already another {kind} called {name}; choose another name.',
  },
  'definition.in-use': {
    status: 409,
    sentence:
      'The {kind} {name} is used by the automation {automation}; take it out there before you delete it.',
  },
  'definition.draft': {
    status: 409,
    sentence: 'The {kind} {name} is a draft; test and save it, then use it.',
  },
  'definition.missing': {
    status: 409,
    sentence: 'There is no {kind} {id}, which the automation names; choose one that is there.',
  },
  'automation.not-active': {
    status: 409,
    sentence: 'The automation {name} is {state}; make it active, then apply a plan of it.',
  },
  'automation.state': {
    status: 409,
    sentence: 'An automation that is {from} cannot become {to}; it can become {possible}.',
  },
  'automation.has-history': {
    status: 409,
    sentence: 'The automation {name} has runs, which its history and undo need; pause it instead.',
  },
  'source.unreadable': {
    status: 502,
    sentence: '{name} could not be read completely, so nothing was planned: {reason}',
  },
  'automation.unknown': {
    status: 404,
    sentence: 'There is no automation called "{name}"; there are {names}.',
  },
  'person.unknown': {
    status: 404,
    sentence:
      'The source of {automation} has nobody with the key or name {key}; look them up in it.',
  },
  'person.ambiguous': {
    status: 409,
    sentence:
      'The source of {automation} has several people called {name}; give the key of one: {keys}.',
  },
  'guard.unknown': {
    status: 400,
    sentence: 'The plan has no guard called {name}; it has {guards}.',
  },
  'plan.hash-differs': {
    status: 409,
    sentence:
      'The hash is not that of this plan; read the plan again and approve what it says now.',
  },
  'plan.decided': {
    status: 409,
    sentence: 'The plan was {decision} by {name} already; make a new plan for another decision.',
  },
  'plan.expired': {
    status: 409,
    sentence: 'The plan expired at {at}, for the world moves on; make a new one.',
  },
  'plan.stopped': {
    status: 409,
    sentence:
      'The plan is stopped by {guards}; name each guard in the override with a reason, or reject the plan.',
  },
  'plan.outdated': {
    status: 409,
    sentence:
      '{name} was edited since this plan was made (version {planned}, now {version}); read a new plan and say yes to that.',
  },
  'plan.guard-since': {
    status: 409,
    sentence:
      '{sentence} Other runs changed people or accounts since this plan was made; make a new plan.',
  },
  'plan.unapproved': {
    status: 409,
    sentence: 'The plan needs a yes and has none; let somebody entitled approve it first.',
  },
  'plan.rejected': {
    status: 409,
    sentence: 'The plan was rejected by {name}; make a new one.',
  },
  'plan.applied': {
    status: 409,
    sentence: 'The plan is being applied or was applied already, by run {runId}.',
  },
  'plan.empty': { status: 409, sentence: 'The plan changes nothing; there is nothing to do.' },
  'approver.not-a-person': {
    status: 403,
    sentence: 'Only a person may do this, not an application; sign in and do it yourself.',
  },
  'person.busy': {
    status: 503,
    sentence: 'Another run is giving {person} an account; this one looks again when it is done.',
  },
  'run.unfinished': {
    status: 409,
    sentence: 'The run is not finished; wait for it, then undo it.',
  },
  'run.undone': { status: 409, sentence: 'The run was undone already, by run {runId}.' },
  'password.none': {
    status: 404,
    sentence: 'No password was handed over for the change {change}.',
  },
  'password.gone': {
    status: 410,
    sentence: 'The password was {state} already and is shown no more; reset it in the directory.',
  },
  'application.refused': {
    status: 502,
    sentence: '{name} could not be asked: {reason}',
  },
  'webhook.nobody': {
    status: 422,
    sentence:
      'There is no {kind} called {name} in {directory}; give a logon name, an address or a group name.',
  },
  'webhook.no-directory': {
    status: 422,
    sentence:
      'There is more than one directory or none; name the one to look in by directoryConnectionId.',
  },
  'webhook.unconfirmed': {
    status: 409,
    sentence: 'This test really sends {method} {url}; confirm it to go on.',
  },
  'run.not-undoable': {
    status: 409,
    sentence:
      'The run of {title} cannot be taken back: neither what was told nor a password comes back.',
  },
} as const satisfies Record<string, { readonly status: number; readonly sentence: string }>;
