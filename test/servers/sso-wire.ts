// An application for single sign-on as /v1 answers it, for what reads it without a hub.
import { randomUUID } from 'node:crypto';
import type { SsoApplicationWire } from '#features/sso/applications/answers.ts';
import { applicationToWire } from '#features/sso/applications/wire.ts';
import type { SsoApplication } from '#features/sso/model.ts';

export function anApplication(more: Partial<SsoApplicationWire>): SsoApplicationWire {
  const now = new Date('2026-11-21T09:00:00Z');
  const application: SsoApplication = {
    id: 1,
    guid: randomUUID(),
    name: 'Larkfield',
    protocol: 'oidc',
    active: true,
    version: 1,
    instanceId: null,
    allows: { agent: true, user: true },
    singleLogout: true,
    lab: false,
    autoRedirects: { agent: false, user: true },
    oidc: {
      preset: 'entra',
      url: 'https://login.larkfield.test',
      clientId: 'sundog',
      prompt: null,
      hasClientSecret: true,
      clientAuthentication: 'post',
      domainHint: 'larkfield.test',
      scope: 'openid email',
      allowedTenants: [randomUUID()],
      requiredAcr: ['phr'],
      maxAgeSeconds: 600,
    },
    saml: {
      metadataUrl: null,
      entityId: null,
      signsRequests: false,
      wantsAssertionsSigned: true,
      wantsResponsesSigned: false,
      wantsAssertionsEncrypted: false,
      forceAuthn: false,
      allowsIdpInitiated: false,
      nameIdFormat: null,
      requestBinding: 'redirect',
      allowsCbc: false,
    },
    matching: {
      idAttribute: 'custom',
      customIdAttribute: 'number',
      field: 'employee-id',
      byDomain: true,
      provisions: true,
      updatesProfile: true,
      defaultSiteId: 7,
      claimRules: [{ claim: 'groups', value: 'staff' }],
    },
    button: {
      label: 'Larkfield',
      colour: '#123456',
      logo: null,
      overrides: true,
      shownTo: 'agents',
    },
    certificate: null,
    logsAttempts: true,
    confirmed: null,
    createdAt: now,
    updatedAt: now,
  };
  const around = { siteName: 'Main', metadata: null, domains: [], lastAttempt: null };
  const said = { publicUrl: new URL('https://hub.larkfield.test'), warnings: [] };
  const wire = applicationToWire({ application, around }, said);
  return { ...wire, ...more };
}
