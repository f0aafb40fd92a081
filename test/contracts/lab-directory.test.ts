// The lab's directory keeps the contract that Samba keeps, through the real connector: so that it cannot lie.
import { after, before } from 'node:test';
import { openLdapDirectory } from '#connectors/ldap/directory.ts';
import { openLdapScanner } from '#connectors/ldap/scanner.ts';
import { type LabDirectoryServer, labDirectory } from '#test/servers/lab-directory.ts';
import { directoryContract } from './directory.ts';
import { scanningContract } from './directory-scanning.ts';

let server: LabDirectoryServer;
before(async () => {
  server = await labDirectory();
});
after(() => server[Symbol.asyncDispose]());

directoryContract('The lab directory', { server: async () => server, open: openLdapDirectory });

scanningContract('The lab directory', {
  server: async () => server,
  open: openLdapDirectory,
  openScanner: openLdapScanner,
});
