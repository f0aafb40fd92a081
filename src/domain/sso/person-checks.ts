// What is asked once an identity is proven: may the application sign anybody on, whose is it, may they come in.
import type { CheckRow } from './trace.ts';

export const personChecks = {
  'application.active': {
    asks: 'The application is active',
    mend: 'Make the application active; while it is inactive nobody signs on with it, and only its test works.',
  },
  'application.unchanged': {
    asks: 'The application’s settings are those the sign-on began with',
    mend: 'Nothing, if the application was being changed at that moment: sign on again.',
  },
  'person.linked': {
    asks: 'The identity is linked to somebody of the desk',
    mend: 'Link the identity to its person on the application’s page, choose how people are matched, or allow provisioning.',
  },
  'person.known': {
    asks: 'The person the identity is linked to is still there',
    mend: 'The person was deleted while they signed on; link the identity to somebody else, or let it be matched anew.',
  },
  'person.entity': {
    asks: 'The application is for people of that kind',
    mend: 'Set on the application whether it signs on agents, users or both; or sign on at the page for the other kind.',
  },
  'person.enabled': {
    asks: 'The person may sign in',
    mend: 'Enable the agent or user, or their client, in the desk; a service account never signs in.',
  },
  'hub.works': {
    asks: 'The hub itself works',
    mend: 'The log of the hub has the details under the reference; run `sundog doctor`, then try again.',
  },
} as const satisfies Record<string, CheckRow>;

export type PersonCheck = keyof typeof personChecks;
