import { directoryContract } from '#test/contracts/directory.ts';
import { scanningContract } from '#test/contracts/directory-scanning.ts';
import { samba, withoutSamba } from '#test/servers/samba.ts';
import { openLdapDirectory } from './directory.ts';
import { openLdapScanner } from './scanner.ts';

const activeDirectory = { server: samba, open: openLdapDirectory, skip: withoutSamba() };

directoryContract('Active Directory', activeDirectory);
scanningContract('Active Directory', { ...activeDirectory, openScanner: openLdapScanner });
