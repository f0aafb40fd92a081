// What is asked of a SAML message before and after it is verified: whose it is, and that it counts once.
import type { CheckRow } from './trace.ts';

export const samlDoorChecks = {
  'saml.form': {
    asks: 'The form holds one SAMLResponse in base64, and one RelayState at most',
    mend: 'Look at what stands between the provider and the hub: the form arrived changed. The provider must answer by the POST binding.',
  },
  'saml.transaction': {
    asks: 'The response belongs to a sign-on that is under way',
    mend: 'Begin anew at the sign-in page; a sign-on lasts ten minutes and its response counts once. If people begin at the provider’s own page, allow that in the application’s settings.',
  },
  'saml.browser': {
    asks: 'The browser is the one that began it',
    mend: 'Begin and end in one browser, with cookies allowed; over plain HTTP a provider on another site cannot post the cookie along, so use HTTPS.',
  },
  'saml.metadata': {
    asks: 'The provider’s metadata was read and still holds',
    mend: 'Give the metadata of the provider, as XML or by its address, and see under the application why it could not be read last.',
  },
  'saml.once': {
    asks: 'The assertion was not used before',
    mend: 'Begin anew at the sign-in page. If nobody pressed "back" or "reload", somebody may have copied a response: look at the addresses of the attempts.',
  },
  'saml.subject-attribute': {
    asks: 'The provider names the person for good: by a lasting NameID or by the attribute chosen',
    mend: 'Let the provider send a persistent NameID; or choose an attribute under "identity attribute" that it sends with one value that never changes.',
  },
  'saml.logout-endpoint': {
    asks: 'The provider has an address for single logout',
    mend: 'Let the provider’s metadata name a SingleLogoutService, or switch single logout off in the application.',
  },
  'saml.logout-under-way': {
    asks: 'The answer belongs to a logout that this browser began',
    mend: 'Nothing: the session here has ended already. Whether it ended at the provider is seen there.',
  },
  'saml.logout-once': {
    asks: 'The request to log out was not used before',
    mend: 'Nothing: what it asked for was done the first time.',
  },
} as const satisfies Record<string, CheckRow>;
