// What Halo calls the tables of our records, for `table_name`; what Halo has no table for keeps our word.

const tables: Readonly<Record<string, string>> = {
  ticket: 'Faults',
  action: 'Actions',
  client: 'Area',
  site: 'Site',
  user: 'Users',
  agent: 'Uname',
  asset: 'Device',
  team: 'Team',
  role: 'Role',
  'custom field': 'Field',
  status: 'TStatus',
  'ticket type': 'RequestType',
  priority: 'Policy',
  outcome: 'Outcome',
  attachment: 'Attachment',
  application: 'NHD_Identity_Application',
  'key vault': 'KeyVault',
  'secret link': 'SecureSecretLink',
  'password field': 'AuditPasswordField',
  'security question': 'SecurityQuestion',
};

const kinds = new Map(Object.entries(tables).map(([kind, name]) => [name.toLowerCase(), kind]));

export function tableOf(kind: string): string {
  return tables[kind] ?? kind;
}

/** In any letter case; our own word is understood as well. */
export function kindOf(table: string): string {
  return kinds.get(table.toLowerCase()) ?? table.toLowerCase();
}
