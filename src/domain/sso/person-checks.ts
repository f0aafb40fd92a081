// What is asked once an identity is proven: may the application sign anybody on, whose is it, may they come in.
import type { CheckRow } from './trace.ts';

const application = {
  'application.active': {
    asks: 'The application is active',
    mend: 'Make the application active; while it is inactive nobody signs on with it, and only its test works.',
  },
  'application.unchanged': {
    asks: 'The application’s settings are those the sign-on began with',
    mend: 'Nothing, if the application was being changed at that moment: sign on again.',
  },
  'application.instance': {
    asks: 'The application belongs to this instance',
    mend: 'Set the instance of the application to this one, or to none.',
  },
  'claims.readable': {
    asks: 'The identity has a subject of ordinary characters, of a length one can keep',
    mend: 'Let the provider send a persistent identifier as the subject: at most 1,024 characters, without control characters.',
  },
  'claims.rules': {
    asks: 'The claims hold what the claim validation asks',
    mend: 'Let the provider send the claim with one of the values wanted, or change the rule under claim validation; values are compared letter by letter.',
  },
} as const satisfies Record<string, CheckRow>;

/** Whose it is. */
const matching = {
  'person.linked': {
    asks: 'The identity is linked to somebody of the desk, or found to be theirs',
    mend: 'Give the person in the desk the value that the provider sends, choose how people are matched, allow provisioning, or link the identity to its person by hand.',
  },
  'person.known': {
    asks: 'The person the identity is linked to is still there',
    mend: 'Remove the link, so that the identity is matched anew, or link it to somebody else.',
  },
  'person.claim': {
    asks: 'The claim that people are matched by is there, once, and can be compared',
    mend: 'Let the provider send the claim chosen as identity attribute, with one value; or choose another attribute.',
  },
  'person.email-verified': {
    asks: 'The provider does not say that it never verified the address',
    mend: 'Let the person verify their address at the provider; an address that is marked as unverified matches nobody.',
  },
  'person.domain': {
    asks: 'The address is in a domain that this application may vouch for',
    mend: 'Add the domain to the application and prove it by its DNS record, or let an administrator vouch for it; or link the identity to its person by hand.',
  },
  'person.one': {
    asks: 'One person of the desk has that value, and no more',
    mend: 'Give every person a value of their own, or link the identity to its person by hand.',
  },
  'person.role': {
    asks: 'They are no administrator and hold no right over the whole hub',
    mend: 'Administrators are linked by hand: by another administrator, or by themselves within five minutes of signing in with their password.',
  },
  'person.unlinked': {
    asks: 'No other identity of this provider is linked to them already',
    mend: 'If the provider gave the person a new identity, remove the old link on the application’s page; if the address was given to somebody new, leave it.',
  },
  'person.entity': {
    asks: 'The application signs on people of that kind, at this page',
    mend: 'Set on the application whether it signs on agents, users or both; or begin at the page for the other kind.',
  },
  'person.enabled': {
    asks: 'The person may sign in',
    mend: 'Enable the agent or user, or their client, in the desk; service accounts and agents for applications never sign in.',
  },
} as const satisfies Record<string, CheckRow>;

const making = {
  'provisioning.address': {
    asks: 'Nobody of the desk has the address already',
    mend: 'Match people by their address, or link the identity to its person by hand: a second user with the same address would keep both from signing in.',
  },
  'provisioning.site': {
    asks: 'There is a site for a new user',
    mend: 'Choose an active site as default site, or give the client or site the domain of the address, to one of them alone.',
  },
  'provisioning.values': {
    asks: 'The claims make a user: a name, and nothing the desk does not take',
    mend: 'Let the provider send a name (name, or given and family name) of at most 200 characters, without control characters.',
  },
} as const satisfies Record<string, CheckRow>;

const linking = {
  'link.proof': {
    asks: 'Who links the identity proved themselves by password just before, and is still there',
    mend: 'Sign in with the password, and link within five minutes.',
  },
  'link.free': {
    asks: 'The identity is nobody else’s',
    mend: 'Remove the other link first, if it is wrong.',
  },
} as const satisfies Record<string, CheckRow>;

const hub = {
  'hub.works': {
    asks: 'The hub itself works',
    mend: 'The log of the hub has the details under the reference; run `sundog doctor`, then try again.',
  },
} as const satisfies Record<string, CheckRow>;

export const personChecks = { ...application, ...matching, ...making, ...linking, ...hub } as const;

export type PersonCheck = keyof typeof personChecks;
