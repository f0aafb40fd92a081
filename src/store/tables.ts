// Generated from the migrated database by scripts/tables.ts: do not edit.
import type { ColumnType, Generated, GeneratedAlways } from 'kysely';

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
  bound_client_id: number | null;
  allow_agents: Generated<boolean>;
  allow_users: Generated<boolean>;
  extra: ColumnType<unknown, string | undefined, string>;
  trusted_for_reset: Generated<boolean>;
};

export type Approvals = {
  plan_id: string;
  decision: 'approved' | 'rejected';
  hash: string;
  comment: Generated<string>;
  overridden: Generated<string[]>;
  override_reason: string | null;
  decided_by_kind: 'agent' | 'user' | 'application' | 'system' | 'nobody';
  decided_by_id: string;
  decided_by: string;
  decided_at: Date;
  policy_name: string | null;
  policy_version: number | null;
};

export type AssetFields = {
  id: Generated<number>;
  guid: Generated<string>;
  asset_type_id: number;
  name: string;
  position: Generated<number>;
  mandatory: Generated<boolean>;
  extra: ColumnType<unknown, string | undefined, string>;
};

export type AssetTypes = {
  id: Generated<number>;
  guid: Generated<string>;
  name: string;
  position: Generated<number>;
  group_name: string | null;
  show_to_users: Generated<boolean>;
  extra: ColumnType<unknown, string | undefined, string>;
};

export type AssetUsers = {
  asset_id: number;
  user_id: number;
};

export type Assets = {
  id: Generated<number>;
  guid: Generated<string>;
  inventory_number: string | null;
  key_field: string | null;
  key_field2: string | null;
  key_field3: string | null;
  asset_type_id: number;
  site_id: number;
  status_id: Generated<number>;
  parent_id: number | null;
  inactive: Generated<boolean>;
  criticality: number | null;
  third_party_id: number | null;
  intune_id: string | null;
  notes: string | null;
  warranty_start: Date | null;
  warranty_end: Date | null;
  fields: ColumnType<unknown, string | undefined, string>;
  custom_fields: ColumnType<unknown, string | undefined, string>;
  extra: ColumnType<unknown, string | undefined, string>;
  created_at: Date;
  updated_at: Date;
};

export type AttachmentData = {
  attachment_id: number;
  data: Buffer;
};

export type Attachments = {
  id: Generated<number>;
  guid: Generated<string>;
  filename: string;
  content_type: string;
  size_bytes: number;
  sha256: Buffer;
  note: string | null;
  description: string | null;
  ticket_id: number | null;
  action_id: number | null;
  client_id: number | null;
  site_id: number | null;
  user_id: number | null;
  asset_id: number | null;
  show_to_users: Generated<boolean>;
  added_by: string;
  extra: ColumnType<unknown, string | undefined, string>;
  created_at: Date;
  updated_at: Date;
};

export type Attempts = {
  key: Buffer;
  tries: number;
  since: Date;
  ends_at: Date;
};

export type AuditChain = {
  seq: number;
  format: number;
  entry_id: string;
  previous: Buffer;
  hash: Buffer;
};

export type AuditCheckpoints = {
  seq: number;
  hash: Buffer;
  hub: string;
  at: Date;
  key_id: string;
  signature: Buffer;
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
  field: string | null;
  outcome: 'intent' | 'done' | 'refused' | 'failed';
  run_id: string | null;
  address: string | null;
  behind_kind: 'agent' | 'user' | null;
  behind_id: string | null;
  behind_name: string | null;
  ticket_id: number | null;
  agent_id: number | null;
  user_id: number | null;
  client_id: number | null;
  text_digest: Buffer;
};

export type AuditKeys = {
  id: string;
  public_key: Buffer;
  sealed_private_key: Buffer;
  made_at: Date;
};

export type AuditPending = {
  entry_id: string;
};

export type AuditTexts = {
  entry_id: string;
  before: string | null;
  after: string | null;
  because: string | null;
  subject_name: string | null;
  salt: Buffer | null;
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

export type BreakGlassAgents = {
  agent_id: number;
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
  vault_id: number | null;
  vault_secret: string | null;
  vault_version: string | null;
};

export type Credentials = {
  owner_kind: 'agent' | 'user';
  owner_id: number;
  password_hash: string;
  must_change: boolean;
  changed_at: Date;
};

export type CustomFieldDefinitions = {
  id: Generated<number>;
  owner: 'client' | 'site' | 'user' | 'agent' | 'ticket' | 'action' | 'asset';
  name: string;
  label: string;
  type: Generated<number>;
  guid: Generated<string>;
  input_type: Generated<number>;
  encrypted: Generated<boolean>;
  extra: ColumnType<unknown, string | undefined, string>;
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

export type DeskAgentRoles = {
  agent_id: number;
  role_id: string;
};

export type DeskAgents = {
  id: Generated<number>;
  name: string;
  first_name: string | null;
  surname: string | null;
  email: string | null;
  login: string | null;
  title: string | null;
  team: string | null;
  department: string | null;
  administrator: Generated<boolean>;
  disabled: Generated<boolean>;
  for_applications: Generated<boolean>;
  custom_fields: ColumnType<unknown, string | undefined, string>;
  extra: ColumnType<unknown, string | undefined, string>;
  created_at: Date;
  updated_at: Date;
  photo_sha256: Buffer | null;
};

export type DeskCabMembers = {
  id: Generated<number>;
  cab_id: number;
  user_id: number | null;
  agent_id: number | null;
  name: string | null;
  email: string | null;
  login: string | null;
  mandatory: Generated<boolean>;
  inactive: Generated<boolean>;
  extra: ColumnType<unknown, string | undefined, string>;
};

export type DeskCabs = {
  id: Generated<number>;
  guid: Generated<string>;
  name: string;
  extra: ColumnType<unknown, string | undefined, string>;
};

export type DeskClients = {
  id: Generated<number>;
  name: string;
  reference: string | null;
  top_level_id: number | null;
  inactive: Generated<boolean>;
  important: Generated<boolean>;
  main_site_id: number | null;
  custom_fields: ColumnType<unknown, string | undefined, string>;
  extra: ColumnType<unknown, string | undefined, string>;
  created_at: Date;
  updated_at: Date;
};

export type DeskLookups = {
  list_id: number;
  id: number;
  name: string;
  position: Generated<number>;
  inactive: Generated<boolean>;
  extra: ColumnType<unknown, string | undefined, string>;
};

export type DeskOutcomes = {
  id: Generated<number>;
  name: string;
  position: Generated<number>;
  new_status_id: number | null;
  hidden_from_user: Generated<boolean>;
  extra: ColumnType<unknown, string | undefined, string>;
};

export type DeskPriorities = {
  key: Generated<string>;
  sla_id: number;
  id: number;
  name: string;
  colour: string | null;
  hidden: Generated<boolean>;
  extra: ColumnType<unknown, string | undefined, string>;
};

export type DeskRoles = {
  id: Generated<string>;
  number: Generated<number>;
  name: string;
  standard: Generated<boolean>;
  permissions: Generated<string[]>;
  extra: ColumnType<unknown, string | undefined, string>;
};

export type DeskSites = {
  id: Generated<number>;
  name: string;
  client_id: number;
  reference: string | null;
  phone: string | null;
  time_zone: string | null;
  inactive: Generated<boolean>;
  custom_fields: ColumnType<unknown, string | undefined, string>;
  extra: ColumnType<unknown, string | undefined, string>;
  created_at: Date;
  updated_at: Date;
};

export type DeskTeams = {
  id: Generated<number>;
  name: string;
  position: Generated<number>;
  department_id: number | null;
  department_name: string | null;
  inactive: Generated<boolean>;
  extra: ColumnType<unknown, string | undefined, string>;
};

export type DeskUserRoles = {
  id: Generated<number>;
  guid: Generated<string>;
  name: string;
  extra: ColumnType<unknown, string | undefined, string>;
};

export type DeskUsers = {
  id: Generated<number>;
  name: string;
  first_name: string | null;
  surname: string | null;
  site_id: number;
  email: string | null;
  login: string | null;
  title: string | null;
  department: string | null;
  phone: string | null;
  mobile: string | null;
  home_phone: string | null;
  inactive: Generated<boolean>;
  service_account: Generated<boolean>;
  general: Generated<boolean>;
  linked_agent_id: number | null;
  distinguished_name: string | null;
  sam_account_name: string | null;
  azure_object_id: string | null;
  okta_id: string | null;
  custom_fields: ColumnType<unknown, string | undefined, string>;
  extra: ColumnType<unknown, string | undefined, string>;
  created_at: Date;
  updated_at: Date;
  email_changed_at: Date | null;
  manager_id: number | null;
  photo_sha256: Buffer | null;
};

export type DirectorySyncs = {
  id: Generated<number>;
  connection_id: string;
  desk_connection_id: string | null;
  client_id: number | null;
  version: number;
  settings: JsonColumn;
  halo: ColumnType<unknown, string | undefined, string>;
  active: Generated<boolean>;
  next_at: Date | null;
  bookmark: string | null;
  read_digest: string | null;
  people_count: Generated<number>;
  last_whole_at: Date | null;
  last_synced_at: Date | null;
  last_error: string | null;
  created_at: Date;
  updated_at: Date;
};

export type ImpersonationRequests = {
  id: Generated<number>;
  requestor_id: number;
  requestor_name: string;
  target_kind: 'agent' | 'user';
  target_id: number;
  target_name: string;
  reason: string;
  session_id: string | null;
  token_hash: Buffer;
  requested_at: Date;
  expires_at: Date;
  used_at: Date | null;
  ends_at: Date | null;
  told: boolean | null;
  ended_at: Date | null;
  ended_because: string | null;
  end_audited: Generated<boolean>;
};

export type ImpersonationSettings = {
  target: 'agent' | 'user';
  allowed: Generated<boolean>;
  told: Generated<boolean>;
  changed_at: Generated<Date>;
};

export type Intents = {
  run_id: string;
  change_id: string;
  attempt: number;
  dn: string;
  marker: string | null;
  sealed_password: Buffer | null;
  created_at: Date;
};

export type KeyRotations = {
  id: string;
  state: 'running' | 'done' | 'incomplete';
  from_key: string | null;
  to_key: string;
  started_at: Date;
  started_by: string;
  ended_at: Date | null;
  total: number;
  resealed: Generated<number>;
  broken: Generated<number>;
  pass: Generated<number>;
  column_at: Generated<number>;
  after_key: ColumnType<unknown, string | null | undefined, string | null>;
};

export type KeyVaults = {
  id: Generated<number>;
  name: string;
  client_id: number | null;
  lab: boolean;
  url: string;
  cloud: 'public' | 'us-gov' | 'china';
  credential: 'managed-identity' | 'app-service' | 'client-secret' | 'certificate';
  managed_identity_id: string | null;
  tenant_id: string | null;
  application_id: string | null;
  ca: string | null;
  sealed_client_secret: Buffer | null;
  sealed_certificate: Buffer | null;
  cache_seconds: number;
  version: number;
  confirmed_by: string | null;
  confirmed_at: Date | null;
  health: 'unknown' | 'healthy' | 'broken';
  health_stage: string | null;
  health_code: string | null;
  health_sentence: string | null;
  health_warning: string | null;
  checked_at: Date | null;
  created_at: Date;
  updated_at: Date;
};

export type KnownBrowsers = {
  hash: Buffer;
  owner_kind: 'agent' | 'user';
  owner_id: number;
  seen_at: Date;
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

export type MasterKeys = {
  id: string;
  state: 'current' | 'old' | 'retired';
  since: Date;
  retired_at: Date | null;
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
  kind: 'create' | 'update' | 'enable' | 'disable' | 'add-member' | 'remove-member' | 'reset-password' | 'unlock' | 'tell';
  connection_id: string;
  result: Generated<'pending' | 'done' | 'skipped' | 'conflict' | 'failed' | 'waiting'>;
  because: string | null;
  code: string | null;
  target_id: string | null;
  intended_at: Date | null;
  attempts: Generated<number>;
  settled_at: Date | null;
  until: Date | null;
  step: Generated<number>;
  by_set: Generated<boolean>;
  open_alone: GeneratedAlways<boolean | null>;
};

export type PasskeyChallenges = {
  hash: Buffer;
  purpose: 'enrol' | 'sign-in' | 'second-factor';
  holder_hash: Buffer;
  expires_at: Date;
};

export type PasskeyOwners = {
  owner_kind: 'agent' | 'user';
  owner_id: number;
  handle: Buffer;
};

export type Passkeys = {
  id: string;
  owner_kind: string;
  owner_id: number;
  name: string;
  credential_id: Buffer;
  public_key: Buffer;
  counter: number;
  transports: Generated<string[]>;
  backed_up: boolean;
  made_at: Date;
  last_used_at: Date | null;
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

export type PasswordResetSettings = {
  id: Generated<number>;
  enabled: Generated<boolean>;
  connection_id: string | null;
  changed_at: Generated<Date>;
};

export type PasswordReveals = {
  id: GeneratedAlways<number>;
  object_type: number;
  object_id: number;
  field_id: number;
  client_id: number | null;
  object_name: string;
  field_name: string;
  at: Date;
  actor_kind: string;
  actor_id: string;
  actor_name: string;
  agent_id: number | null;
  entry_id: string;
};

export type PasswordValues = {
  definition_id: number;
  object_id: number;
  id: Generated<number>;
  sealed_value: Buffer;
  changed_at: Date;
  changed_by: string;
};

export type PhotoOctets = {
  sha256: Buffer;
  media_type: string;
  octets: Buffer;
  kept_at: Date;
};

export type PlanChanges = {
  plan_id: string;
  position: number;
  change_id: string;
  person_key: string;
  kind: 'create' | 'update' | 'enable' | 'disable' | 'add-member' | 'remove-member' | 'reset-password' | 'unlock' | 'tell';
  connection_id: string;
  document: JsonColumn;
  step: Generated<number>;
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
  in_group: 'starter' | 'mover' | 'leaver' | 'disputed' | 'waiting' | 'unchanged';
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
  state: 'planning' | 'waiting' | 'approved' | 'rejected' | 'applying' | 'applied';
  needs_approval: boolean;
  sentence: string;
  hash: string;
  undoes_run_id: string | null;
  person_key: string | null;
  source_connection_id: string | null;
  source: JsonColumn;
  guards: JsonColumn;
  verdict: 'pass' | 'review' | 'stop';
  account_count: number;
  change_count: number;
  created_at: Date;
  created_by_kind: 'agent' | 'user' | 'application' | 'system' | 'nobody';
  created_by_id: string;
  created_by: string;
  expires_at: Date;
  reset_connection_id: string | null;
  sync_id: number | null;
};

export type RecoveryCodes = {
  owner_kind: 'agent' | 'user';
  owner_id: number;
  hash: Buffer;
  made_at: Date;
};

export type ResetAddresses = {
  user_id: number;
  address: string;
  changed_at: Date;
};

export type ResetEnrolments = {
  id: string;
  user_id: number;
  invited_by: string;
  link_hash: Buffer | null;
  sealed_link: Buffer | null;
  link_ends_at: Date | null;
  browser_hash: Buffer | null;
  opened_at: Date | null;
  ends_at: Date | null;
  questions_at: Date | null;
  app_at: Date | null;
  address: string | null;
  sealed_code: Buffer | null;
  code_ends_at: Date | null;
  code_tries: Generated<number>;
  made_at: Date;
};

export type ResetPeppers = {
  id: string;
  sealed_pepper: Buffer;
  made_at: Generated<Date>;
};

export type ResetRequests = {
  id: string;
  browser_hash: Buffer;
  user_id: number | null;
  may: boolean;
  login_digest: Buffer;
  factor: 'app' | 'mail';
  questions: number[];
  state: Generated<'asked' | 'proven' | 'started' | 'done' | 'refused' | 'failed' | 'over'>;
  tries: Generated<number>;
  sealed_code: Buffer | null;
  code_ends_at: Date | null;
  wanted: 'reset' | 'unlock' | null;
  run_id: string | null;
  sentence: string | null;
  address: string;
  made_at: Date;
  ends_at: Date;
};

export type Runs = {
  id: string;
  plan_id: string;
  client_id: number | null;
  undoes_run_id: string | null;
  started_at: Date;
  started_by_kind: 'agent' | 'user' | 'application' | 'system' | 'nobody';
  started_by_id: string;
  started_by: string;
  finished_at: Date | null;
  step: Generated<number>;
  cancelled_by: string | null;
  totals: ColumnType<unknown, string | null | undefined, string | null>;
};

export type SchemaMigrations = {
  name: string;
  checksum: string;
  applied_at: Generated<Date>;
};

export type SecretLinkParts = {
  id: string;
  link_id: number;
  part: number;
  sealed_content: Buffer;
};

export type SecretLinkReveals = {
  id: string;
  link_id: number;
  outcome: 'claimed' | 'viewed' | 'forfeited';
  claimed_at: Date;
  pass_hash: Buffer | null;
  pass_until: Date | null;
};

export type SecretLinks = {
  id: Generated<number>;
  token: string;
  kind: 'secret' | 'request';
  label: string;
  sender_kind: string;
  sender_id: string;
  sender_name: string;
  sender_agent_id: number | null;
  client_id: number | null;
  ticket_id: number | null;
  user_id: number | null;
  state: 'asked' | 'filling' | 'waiting' | 'claimed' | 'viewed' | 'forfeited' | 'burnt' | 'expired';
  read_hash: Buffer;
  give_hash: Buffer | null;
  passphrase_hash: string | null;
  sealed_content: Buffer | null;
  parts: number;
  bytes: number;
  hours: number;
  reveals_max: number;
  reveals_left: number;
  wrong_passphrases: Generated<number>;
  tell_sender: boolean;
  created_at: Date;
  expires_at: Date;
  viewed_at: Date | null;
  ended_at: Date | null;
};

export type SecurityAnswers = {
  user_id: number;
  slot: number;
  question_id: number;
  spelling: number;
  pepper_id: string;
  hash: string;
  given_at: Date;
};

export type SecurityQuestions = {
  id: Generated<number>;
  name: string;
  enabled: Generated<boolean>;
  made_at: Generated<Date>;
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
  parent: Buffer | null;
  impersonation_id: number | null;
  reason: string | null;
};

export type SignInSettings = {
  id: Generated<number>;
  agents_need_second_factor: Generated<boolean>;
  local_sign_in: Generated<'everyone' | 'break-glass'>;
  changed_at: Generated<Date>;
};

export type SignInsUnderWay = {
  hash: Buffer;
  owner_kind: 'agent' | 'user';
  owner_id: number;
  purpose: 'prove' | 'enrol';
  back: string;
  expires_at: Date;
};

export type SigningKeys = {
  id: string;
  public_jwk: JsonColumn;
  sealed_private_key: Buffer;
  made_at: Date;
};

export type SsoApplications = {
  id: Generated<number>;
  guid: string;
  name: string;
  protocol: 'oidc' | 'saml';
  active: Generated<boolean>;
  version: Generated<number>;
  instance_id: number | null;
  allow_agents: Generated<boolean>;
  allow_users: Generated<boolean>;
  auto_redirect_agents: Generated<boolean>;
  auto_redirect_users: Generated<boolean>;
  single_logout: Generated<boolean>;
  preset: Generated<string>;
  issuer_url: string | null;
  client_id: string | null;
  sealed_client_secret: Buffer | null;
  prompt: string | null;
  domain_hint: string | null;
  scope: string | null;
  allowed_tenants: Generated<string[]>;
  settings: ColumnType<unknown, string | undefined, string>;
  sealed_private_key: Buffer | null;
  certificate: string | null;
  id_attribute: Generated<string>;
  custom_id_attribute: string | null;
  matching_field: Generated<string>;
  domain_matching: Generated<boolean>;
  provisioning: Generated<boolean>;
  default_site_id: number | null;
  claim_rules: ColumnType<unknown, string | undefined, string>;
  button_label: string | null;
  button_colour: string | null;
  button_logo: string | null;
  override_styling: Generated<boolean>;
  app_type: Generated<string>;
  log_attempts: Generated<boolean>;
  lab: Generated<boolean>;
  confirmed_by: string | null;
  confirmed_at: Date | null;
  created_at: Date;
  updated_at: Date;
};

export type SsoAttempts = {
  id: Generated<number>;
  application_id: number;
  at: Date;
  address: string | null;
  purpose: string;
  status: 'signed-in' | 'linked' | 'tested' | 'refused' | 'failed' | 'signed-out';
  subject: string | null;
  owner_kind: string | null;
  owner_id: number | null;
  user_info: string | null;
  failed_check: string | null;
  result: string;
  steps: JsonColumn;
  issuer: string | null;
};

export type SsoDomains = {
  id: Generated<number>;
  application_id: number;
  domain: string;
  challenge: string;
  proven_by: 'dns' | 'administrator' | null;
  proven_at: Date | null;
  proven_name: string | null;
  checked_at: Date | null;
  failure: string | null;
};

export type SsoLinks = {
  id: Generated<number>;
  application_id: number;
  issuer: string;
  subject: string;
  owner_kind: 'agent' | 'user';
  owner_id: number;
  matched_by: string;
  made_at: Date;
  last_used_at: Date | null;
};

export type SsoMetadata = {
  application_id: number;
  document: string | null;
  fetched_at: Date | null;
  valid_until: Date | null;
  failed_at: Date | null;
  failure: string | null;
  warned_days: number | null;
  provider: ColumnType<unknown, string | null | undefined, string | null>;
  tried_at: Date | null;
};

export type SsoSessions = {
  session_hash: Buffer;
  application_id: number;
  issuer: string;
  subject: string;
  provider_session: string | null;
  sealed_hint: Buffer | null;
};

export type SsoTransactions = {
  state_hash: Buffer;
  browser_hash: Buffer;
  application_id: number;
  application_version: number;
  purpose: 'sign-in' | 'test' | 'logout' | 'link';
  entity: 'agent' | 'user' | null;
  back: string;
  request_id: string | null;
  nonce: string | null;
  sealed_verifier: Buffer | null;
  by_kind: string | null;
  by_id: number | null;
  steps: ColumnType<unknown, string | undefined, string>;
  began_at: Date;
  expires_at: Date;
};

export type SsoUsed = {
  key: Buffer;
  until: Date;
};

export type SyncDeskIntents = {
  run_id: string;
  change_id: string;
  connection_id: string;
  asked_at: Date;
};

export type SyncDeskPeople = {
  connection_id: string;
  target: 'user' | 'agent';
  desk_id: number;
  digest: string;
  record: JsonColumn;
  keys: string[];
  seen_at: Date;
};

export type SyncDisputes = {
  id: string;
  sync_id: number;
  target: 'user' | 'agent' | 'cab-member';
  entry_id: string;
  name: string;
  dn: string;
  code: string;
  sentence: string;
  candidates: ColumnType<unknown, string | undefined, string>;
  keys: Generated<string[]>;
  found_at: Date;
  decision: 'link' | 'create' | 'leave-out' | null;
  desk_id: number | null;
  decided_by: string | null;
  decided_at: Date | null;
};

export type SyncDrift = {
  sync_run_id: string;
  position: number;
  target: string;
  entry_id: string | null;
  name: string;
  kind: string;
  code: string | null;
  sentence: string;
  desk_id: number | null;
  before: ColumnType<unknown, string | undefined, string>;
  after: ColumnType<unknown, string | undefined, string>;
};

export type SyncPeople = {
  sync_id: number;
  target: 'user' | 'agent' | 'cab-member';
  entry_id: string;
  digest: Buffer;
  dn: string;
  name: string;
  place_id: number;
  state: 'linked' | 'disputed' | 'left-out' | 'gone';
  desk_id: number | null;
  manager_dn: string | null;
  due: Generated<boolean>;
};

export type SyncRuns = {
  id: string;
  sync_id: number;
  purpose: 'sync' | 'drift';
  asked: 'whole' | 'changes';
  did: 'whole' | 'changes' | null;
  whole_because: string | null;
  state: 'queued' | 'reading' | 'planned' | 'applying' | 'done' | 'failed' | 'cancelled';
  read_count: Generated<number>;
  changed_count: Generated<number>;
  matched_count: Generated<number>;
  planned_count: Generated<number>;
  expected_count: number | null;
  plan_id: string | null;
  bookmark: string | null;
  settings_digest: Generated<string>;
  facts: ColumnType<unknown, string | null | undefined, string | null>;
  apply_run_id: string | null;
  override: ColumnType<unknown, string | null | undefined, string | null>;
  attempt: Generated<number>;
  sentence: Generated<string>;
  code: string | null;
  references_seen: Generated<string[]>;
  cancel_asked_by: string | null;
  started_by_kind: string;
  started_by_id: string;
  started_by: string;
  created_at: Date;
  read_at: Date | null;
  finished_at: Date | null;
  people_written: number | null;
};

export type SyncSeen = {
  sync_run_id: string;
  target: string;
  entry_id: string;
  digest: Buffer;
  dn: string;
  name: string;
  place_id: number;
  state: 'linked' | 'disputed' | 'left-out' | 'gone';
  desk_id: number | null;
  change_id: string | null;
  manager_dn: string | null;
  manager_was: number | null;
  keys: Generated<string[]>;
  fresh: Generated<boolean>;
  joins: Generated<boolean>;
  changes: Generated<boolean>;
  dispute: ColumnType<unknown, string | null | undefined, string | null>;
};

export type TicketActions = {
  ticket_id: number;
  id: number;
  guid: Generated<string>;
  outcome: string;
  outcome_id: number | null;
  note: string | null;
  note_html: string | null;
  hidden_from_user: Generated<boolean>;
  important: Generated<boolean>;
  happened_at: Date;
  agent_id: number | null;
  user_id: number | null;
  application_id: string | null;
  who: string;
  old_status_id: number | null;
  new_status_id: number | null;
  time_taken_hours: number | null;
  custom_fields: ColumnType<unknown, string | undefined, string>;
  extra: ColumnType<unknown, string | undefined, string>;
  created_at: Date;
  updated_at: Date;
};

export type TicketAssets = {
  ticket_id: number;
  asset_id: number;
};

export type TicketStatuses = {
  id: Generated<number>;
  name: string;
  short_name: string | null;
  position: Generated<number>;
  colour: string | null;
  kind: Generated<number>;
  extra: ColumnType<unknown, string | undefined, string>;
};

export type TicketTypes = {
  id: Generated<number>;
  name: string;
  position: Generated<number>;
  initial_status_id: number | null;
  visible: Generated<boolean>;
  agents_can_select: Generated<boolean>;
  users_can_select: Generated<boolean>;
  extra: ColumnType<unknown, string | undefined, string>;
};

export type Tickets = {
  id: Generated<number>;
  summary: string;
  details: string | null;
  ticket_type_id: number;
  status_id: number;
  priority_id: number | null;
  sla_id: number | null;
  client_id: number;
  site_id: number;
  user_id: number;
  agent_id: number | null;
  team: string | null;
  parent_id: number | null;
  reported_by: string | null;
  category_1: string | null;
  category_2: string | null;
  category_3: string | null;
  category_4: string | null;
  occurred_at: Date;
  start_at: Date | null;
  target_at: Date | null;
  last_action_at: Date | null;
  closed_at: Date | null;
  deleted_at: Date | null;
  deleted_because: string | null;
  last_action_id: Generated<number>;
  custom_fields: ColumnType<unknown, string | undefined, string>;
  extra: ColumnType<unknown, string | undefined, string>;
  created_at: Date;
  updated_at: Date;
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

export type TotpFactors = {
  id: string;
  owner_kind: 'agent' | 'user';
  owner_id: number;
  state: 'waiting' | 'live';
  sealed_secret: Buffer;
  last_step: Generated<number>;
  made_at: Date;
};

export type Tables = {
  application_keys: ApplicationKeys;
  applications: Applications;
  approvals: Approvals;
  asset_fields: AssetFields;
  asset_types: AssetTypes;
  asset_users: AssetUsers;
  assets: Assets;
  attachment_data: AttachmentData;
  attachments: Attachments;
  attempts: Attempts;
  audit_chain: AuditChain;
  audit_checkpoints: AuditCheckpoints;
  audit_entries: AuditEntries;
  audit_keys: AuditKeys;
  audit_pending: AuditPending;
  audit_texts: AuditTexts;
  authorization_codes: AuthorizationCodes;
  automation_versions: AutomationVersions;
  automations: Automations;
  break_glass_agents: BreakGlassAgents;
  connection_confirmations: ConnectionConfirmations;
  connections: Connections;
  credentials: Credentials;
  custom_field_definitions: CustomFieldDefinitions;
  definitions: Definitions;
  desk_agent_roles: DeskAgentRoles;
  desk_agents: DeskAgents;
  desk_cab_members: DeskCabMembers;
  desk_cabs: DeskCabs;
  desk_clients: DeskClients;
  desk_lookups: DeskLookups;
  desk_outcomes: DeskOutcomes;
  desk_priorities: DeskPriorities;
  desk_roles: DeskRoles;
  desk_sites: DeskSites;
  desk_teams: DeskTeams;
  desk_user_roles: DeskUserRoles;
  desk_users: DeskUsers;
  directory_syncs: DirectorySyncs;
  impersonation_requests: ImpersonationRequests;
  impersonation_settings: ImpersonationSettings;
  intents: Intents;
  key_rotations: KeyRotations;
  key_vaults: KeyVaults;
  known_browsers: KnownBrowsers;
  links: Links;
  marks: Marks;
  master_keys: MasterKeys;
  notification_channels: NotificationChannels;
  outbox: Outbox;
  outcomes: Outcomes;
  passkey_challenges: PasskeyChallenges;
  passkey_owners: PasskeyOwners;
  passkeys: Passkeys;
  password_handovers: PasswordHandovers;
  password_reset_settings: PasswordResetSettings;
  password_reveals: PasswordReveals;
  password_values: PasswordValues;
  photo_octets: PhotoOctets;
  plan_changes: PlanChanges;
  plan_links: PlanLinks;
  plan_people: PlanPeople;
  plans: Plans;
  recovery_codes: RecoveryCodes;
  reset_addresses: ResetAddresses;
  reset_enrolments: ResetEnrolments;
  reset_peppers: ResetPeppers;
  reset_requests: ResetRequests;
  runs: Runs;
  schema_migrations: SchemaMigrations;
  secret_link_parts: SecretLinkParts;
  secret_link_reveals: SecretLinkReveals;
  secret_links: SecretLinks;
  security_answers: SecurityAnswers;
  security_questions: SecurityQuestions;
  sessions: Sessions;
  sign_in_settings: SignInSettings;
  sign_ins_under_way: SignInsUnderWay;
  signing_keys: SigningKeys;
  sso_applications: SsoApplications;
  sso_attempts: SsoAttempts;
  sso_domains: SsoDomains;
  sso_links: SsoLinks;
  sso_metadata: SsoMetadata;
  sso_sessions: SsoSessions;
  sso_transactions: SsoTransactions;
  sso_used: SsoUsed;
  sync_desk_intents: SyncDeskIntents;
  sync_desk_people: SyncDeskPeople;
  sync_disputes: SyncDisputes;
  sync_drift: SyncDrift;
  sync_people: SyncPeople;
  sync_runs: SyncRuns;
  sync_seen: SyncSeen;
  ticket_actions: TicketActions;
  ticket_assets: TicketAssets;
  ticket_statuses: TicketStatuses;
  ticket_types: TicketTypes;
  tickets: Tickets;
  tokens: Tokens;
  totp_factors: TotpFactors;
};
