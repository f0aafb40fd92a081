// Generated from the migrated database by scripts/tables.ts: do not edit.
import type { ColumnType, Generated } from 'kysely';

/** Read as what JSON.parse gives: parse it with zod. Written as text: see json() in db.ts. */
export type JsonColumn = ColumnType<unknown, string, string>;

export type ApplicationKeys = {
  application_id: string;
  slot: number;
  hash: Buffer;
  generated_at: Date;
  expires_at: Date | null;
  last_used_at: Date | null;
  last_used_from: string | null;
};

export type Applications = {
  id: string;
  name: string;
  kind: 'client-secret' | 'username-password' | 'authorization-code' | 'api-key';
  client_id: string;
  secret_hash: Buffer | null;
  agent_id: number | null;
  scopes: string[];
  redirect_uris: Generated<string[]>;
  enabled: Generated<boolean>;
  created_at: Date;
  changed_at: Date;
};

export type Approvals = {
  plan_id: string;
  decision: 'approved' | 'rejected';
  hash: string;
  comment: Generated<string>;
  overridden: Generated<string[]>;
  override_reason: string | null;
  decided_by_kind: string;
  decided_by_id: string;
  decided_by: string;
  decided_at: Date;
};

export type Attempts = {
  key: Buffer;
  tries: number;
  since: Date;
  ends_at: Date;
};

export type AuditEntries = {
  id: string;
  at: Generated<Date>;
  actor_kind: 'agent' | 'user' | 'application' | 'system' | 'nobody';
  actor_id: string;
  actor_name: string;
  action: string;
  subject_kind: string;
  subject_id: string;
  subject_name: string;
  field: string | null;
  outcome: 'intent' | 'done' | 'refused' | 'failed';
  run_id: string | null;
};

export type AuditTexts = {
  entry_id: string;
  before: string | null;
  after: string | null;
  because: string | null;
};

export type AuthorizationCodes = {
  hash: Buffer;
  family: string;
  application_id: string;
  agent_id: number;
  redirect_uri: string;
  scopes: string[];
  challenge: string;
  nonce: string | null;
  signed_in_at: Date;
  expires_at: Date;
  used_at: Date | null;
};

export type AutomationVersions = {
  automation_id: string;
  version: number;
  document: JsonColumn;
  created_at: Date;
  created_by: string;
};

export type Automations = {
  id: string;
  name: string;
  client_id: number | null;
  state: 'draft' | 'proposed' | 'active' | 'paused';
  version: number;
  trusted_sample: Generated<boolean>;
  next_run_at: Date | null;
  created_at: Date;
  updated_at: Date;
};

export type ConnectionConfirmations = {
  connection_id: string;
  host: string;
  port: number;
  confirmed_by: string;
  confirmed_at: Date;
};

export type Connections = {
  id: string;
  kind: 'halo' | 'ldap' | 'mail' | 'webhook';
  name: string;
  client_id: number | null;
  lab: boolean;
  settings: JsonColumn;
  secret: Buffer | null;
  version: number;
  health: 'unknown' | 'healthy' | 'broken';
  health_stage: string | null;
  health_code: string | null;
  health_sentence: string | null;
  checked_at: Date | null;
  broken_since: Date | null;
  created_at: Date;
  updated_at: Date;
};

export type Credentials = {
  owner_kind: 'agent' | 'user';
  owner_id: number;
  password_hash: string;
  must_change: boolean;
  changed_at: Date;
};

export type Definitions = {
  id: string;
  kind: 'inbound-endpoint' | 'mapping' | 'outbound-webhook';
  name: string;
  client_id: number | null;
  connection_id: string | null;
  state: 'draft' | 'active';
  document: JsonColumn;
  created_at: Date;
  updated_at: Date;
};

export type Intents = {
  run_id: string;
  change_id: string;
  attempt: number;
  dn: string;
  marker: string;
  sealed_password: Buffer | null;
  created_at: Date;
};

export type Links = {
  source_connection_id: string;
  person_key: string;
  person_name: string;
  directory_connection_id: string;
  account_id: string;
  origin: 'source' | 'directory';
  disabled_by_us: 'leaver' | 'start-date' | null;
  created_by_run: string | null;
  last_seen: Date;
};

export type Marks = {
  name: string;
  value: string;
  made_at: Generated<Date>;
};

export type NotificationChannels = {
  id: string;
  name: string;
  client_id: number | null;
  connection_id: string;
  events: string[];
  recipients: string[];
  active: boolean;
  created_at: Date;
  updated_at: Date;
};

export type Outbox = {
  id: string;
  kind: string;
  key: string;
  line: string | null;
  payload: JsonColumn;
  state: Generated<'waiting' | 'delivered' | 'dead'>;
  attempts: Generated<number>;
  problem: string | null;
  posted_at: Generated<Date>;
  due_at: Generated<Date>;
  settled_at: Date | null;
};

export type Outcomes = {
  run_id: string;
  change_id: string;
  position: number;
  person_key: string;
  kind: string;
  connection_id: string;
  result: Generated<'pending' | 'done' | 'skipped' | 'conflict' | 'failed' | 'waiting'>;
  because: string | null;
  code: string | null;
  target_id: string | null;
  intended_at: Date | null;
  attempts: Generated<number>;
  settled_at: Date | null;
  until: Date | null;
};

export type PasswordHandovers = {
  run_id: string;
  change_id: string;
  account_id: string;
  account_name: string;
  state: 'sealed' | 'revealed' | 'destroyed';
  sealed: Buffer | null;
  expires_at: Date;
  ended_at: Date | null;
  ended_by: string | null;
};

export type PlanChanges = {
  plan_id: string;
  position: number;
  change_id: string;
  person_key: string;
  kind: string;
  connection_id: string;
  document: JsonColumn;
};

export type PlanLinks = {
  plan_id: string;
  person_key: string;
  document: JsonColumn;
};

export type PlanPeople = {
  plan_id: string;
  position: number;
  person_key: string;
  person_name: string;
  situation: string;
  in_group: string;
  change_count: number;
  notes: JsonColumn;
  record: ColumnType<unknown, string | null | undefined, string | null>;
};

export type Plans = {
  id: string;
  automation_id: string | null;
  automation_version: number;
  outbound_webhook_id: string | null;
  definition_digest: string;
  title: string;
  client_id: number | null;
  state: 'waiting' | 'approved' | 'rejected' | 'applying' | 'applied';
  needs_approval: boolean;
  sentence: string;
  hash: string;
  undoes_run_id: string | null;
  person_key: string | null;
  source: JsonColumn;
  guards: JsonColumn;
  verdict: 'pass' | 'review' | 'stop';
  change_count: number;
  created_at: Date;
  created_by_kind: string;
  created_by_id: string;
  created_by: string;
  expires_at: Date;
};

export type Runs = {
  id: string;
  plan_id: string;
  client_id: number | null;
  undoes_run_id: string | null;
  started_at: Date;
  started_by_kind: string;
  started_by_id: string;
  started_by: string;
  finished_at: Date | null;
};

export type SchemaMigrations = {
  name: string;
  checksum: string;
  applied_at: Generated<Date>;
};

export type Sessions = {
  hash: Buffer;
  id: string;
  owner_kind: 'agent' | 'user';
  owner_id: number;
  address: string;
  browser: string;
  started_at: Date;
  seen_at: Date;
  ends_at: Date;
};

export type SigningKeys = {
  id: string;
  public_jwk: JsonColumn;
  sealed_private_key: Buffer;
  made_at: Date;
};

export type Tokens = {
  hash: Buffer;
  kind: 'access' | 'refresh';
  family: string;
  application_id: string;
  agent_id: number | null;
  scopes: string[];
  signed_in_at: Date;
  issued_at: Date;
  expires_at: Date;
  used_at: Date | null;
};

export type Tables = {
  application_keys: ApplicationKeys;
  applications: Applications;
  approvals: Approvals;
  attempts: Attempts;
  audit_entries: AuditEntries;
  audit_texts: AuditTexts;
  authorization_codes: AuthorizationCodes;
  automation_versions: AutomationVersions;
  automations: Automations;
  connection_confirmations: ConnectionConfirmations;
  connections: Connections;
  credentials: Credentials;
  definitions: Definitions;
  intents: Intents;
  links: Links;
  marks: Marks;
  notification_channels: NotificationChannels;
  outbox: Outbox;
  outcomes: Outcomes;
  password_handovers: PasswordHandovers;
  plan_changes: PlanChanges;
  plan_links: PlanLinks;
  plan_people: PlanPeople;
  plans: Plans;
  runs: Runs;
  schema_migrations: SchemaMigrations;
  sessions: Sessions;
  signing_keys: SigningKeys;
  tokens: Tokens;
};
