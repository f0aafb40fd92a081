// The lab's directory keeps the contract that Samba keeps, through the real connector: so that it cannot lie.
import { after, before } from 'node:test';
import { openLdapDirectory } from '#connectors/ldap/directory.ts';
import { openLdapScanner } from '#connectors/ldap/scanner.ts';
import { type LabDirectoryServer, labDirectory } from '#test/servers/lab-directory.ts';
import { directoryContract } from './directory.ts';
import { browsingContract } from './directory-browsing.ts';
import { changingContract } from './directory-changing.ts';
import { groupingContract } from './directory-grouping.ts';
import { scanningContract } from './directory-scanning.ts';

let server: LabDirectoryServer;
before(async () => {
  server = await labDirectory();
});
after(() => server[Symbol.asyncDispose]());

const lab = { server: async () => server, open: openLdapDirectory };
directoryContract('The lab directory', lab);
scanningContract('The lab directory', { ...lab, openScanner: openLdapScanner });
groupingContract('The lab directory', { ...lab, openScanner: openLdapScanner });
browsingContract('The lab directory', { ...lab, openScanner: openLdapScanner });
changingContract('The lab directory', {
  ...lab,
  openScanner: openLdapScanner,
  manners: ['usn'],
  alone: true,
});
