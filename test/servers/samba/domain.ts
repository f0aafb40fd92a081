// The names of the Samba test domain: the lab company's own, on a real domain controller.

export const domain = {
  realm: 'AD.LARKFIELD.TEST',
  netbios: 'LARKFIELD',
  baseDn: 'DC=ad,DC=larkfield,DC=test',
  people: 'OU=People,DC=ad,DC=larkfield,DC=test',
  groups: 'OU=Groups,DC=ad,DC=larkfield,DC=test',
  service: 'CN=svc-sundog,OU=Service Accounts,DC=ad,DC=larkfield,DC=test',
  /** Passwords of a server that lives in a temporary folder and listens on loopback only. */
  administratorPassword: 'Larkfield-Admin-1',
  servicePassword: 'Larkfield-Service-1',
} as const;
