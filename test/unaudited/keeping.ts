// Every writing route of applications, connections, vaults, keys, links and the trail itself, with what it takes.
import { randomBytes } from 'node:crypto';
import type { Step } from './walk.ts';

const ofApplication = (verb: string): Step => ({
  route: `POST /v1/applications/{id}/${verb}`,
  path: `/v1/applications/{application}/${verb}`,
});

const mailSettings = {
  ...{ host: 'mail.tidewater.test', port: 587, user: null, security: 'starttls' },
  ...{ from: 'Sundog <sundog@tidewater.test>', ca: null },
};

const token = () => randomBytes(16).toString('base64url');
const proof = randomBytes(32).toString('base64url');

export const applicationSteps: readonly Step[] = [
  {
    route: 'POST /v1/applications',
    json: () => ({ name: 'n8n', kind: 'api-key', scopes: ['all'] }),
    keep: { 'application.id': 'application' },
  },
  ofApplication('disable'),
  ofApplication('enable'),
  ofApplication('trust'),
  ofApplication('distrust'),
  {
    route: 'POST /v1/applications/{id}/keys/{slot}',
    path: '/v1/applications/{application}/keys/2',
    json: () => ({}),
  },
  {
    route: 'DELETE /v1/applications/{id}/keys/{slot}',
    path: '/v1/applications/{application}/keys/2',
  },
  { route: 'DELETE /v1/applications/{id}', path: '/v1/applications/{application}' },
  {
    route: 'POST /api/Application',
    json: () => ({ displayName: 'Zapier', permissions: 'all' }),
    keep: { id: 'haloApplication' },
  },
  {
    route: 'POST /v1/applications/{id}/secret',
    path: '/v1/applications/{haloApplication}/secret',
  },
  { route: 'DELETE /api/Application/{id}', path: '/api/Application/{haloApplication}' },
];

export const keepingSteps: readonly Step[] = [
  {
    route: 'POST /v1/connections',
    json: () => ({ kind: 'mail', name: 'Mail', settings: mailSettings, secret: null }),
    keep: { id: 'connection' },
  },
  {
    route: 'PATCH /v1/connections/{id}',
    path: '/v1/connections/{connection}',
    json: () => ({ name: 'Mail of Tidewater' }),
  },
  {
    route: 'POST /v1/connections/{id}/confirm',
    path: '/v1/connections/{connection}/confirm',
    as: 'person',
    json: () => ({ host: mailSettings.host, port: mailSettings.port }),
  },
  {
    route: 'POST /v1/notification-channels',
    json: ({ connection }) => ({
      ...{ name: 'Watch', connectionId: connection, events: ['audit.broken'] },
      recipients: ['rosa@tidewater.test'],
    }),
    keep: { id: 'channel' },
  },
  {
    route: 'PATCH /v1/notification-channels/{id}',
    path: '/v1/notification-channels/{channel}',
    json: () => ({ active: false }),
  },
  { route: 'DELETE /v1/notification-channels/{id}', path: '/v1/notification-channels/{channel}' },
  {
    route: 'PATCH /v1/self-service',
    as: 'person',
    json: ({ connection }) => ({ enabled: true, connectionId: connection }),
  },
  {
    route: 'POST /v1/key-vaults',
    json: () => ({
      ...{ name: 'Vault', url: 'https://tidewater.vault.azure.net', cloud: 'public' },
      credential: 'managed-identity',
    }),
    keep: { id: 'vault' },
  },
  {
    route: 'PATCH /v1/key-vaults/{id}',
    path: '/v1/key-vaults/{vault}',
    json: () => ({ name: 'Vault of Tidewater' }),
  },
  { route: 'DELETE /v1/key-vaults/{id}', path: '/v1/key-vaults/{vault}' },
  {
    route: 'POST /api/KeyVault',
    json: () => ({ name: 'Another', url: 'https://another.vault.azure.net', connection_type: 0 }),
    keep: { id: 'haloVault' },
  },
  { route: 'DELETE /api/KeyVault/{id}', path: '/api/KeyVault/{haloVault}' },
  {
    route: 'POST /api/SecurityQuestion',
    json: () => ({ name: 'Which window did you break first?', enabled: true }),
    keep: { id: 'question' },
  },
  { route: 'DELETE /api/SecurityQuestion/{id}', path: '/api/SecurityQuestion/{question}' },
  {
    route: 'PATCH /v1/impersonation',
    as: 'person',
    json: () => ({ agents: { allowed: true }, users: { allowed: true } }),
  },
  {
    route: 'POST /v1/audit/{seq}/redact',
    path: '/v1/audit/1/redact',
    as: 'person',
    json: () => ({ because: 'a name was in it' }),
  },
  { route: 'POST /api/Audit', as: 'person', json: () => ({ id: 2, _redact: true }) },
];

export const linkSteps: readonly Step[] = [
  {
    route: 'POST /api/SecureSecretLink',
    json: () => ({ new_secure_secret_value: 'three herons' }),
    keep: { id: 'link' },
  },
  { route: 'DELETE /api/SecureSecretLink/{id}', path: '/api/SecureSecretLink/{link}' },
  ...['revealed', 'burnt', 'held'].map(
    (name): Step => ({
      route: 'POST /v1/secret-links',
      json: (ids) => {
        ids[name] ??= token();
        return { kind: 'secret', token: ids[name], label: name, proof, content: 'AQID'.repeat(20) };
      },
      keep: { id: `${name}Id` },
    }),
  ),
  {
    route: 'PATCH /v1/secret-links/{id}',
    path: '/v1/secret-links/{revealedId}',
    json: () => ({ hours: 3 }),
  },
  { route: 'POST /v1/secret-links/{id}/burn', path: '/v1/secret-links/{burntId}/burn' },
  { route: 'POST /s/{id}/reveal', path: '/s/{revealed}/reveal', json: () => ({ proof }) },
  { route: 'POST /s/{id}/burn', path: '/s/{held}/burn', json: () => ({ proof }) },
];
