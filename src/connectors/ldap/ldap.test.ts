import { directoryContract } from '#test/contracts/directory.ts';
import { browsingContract } from '#test/contracts/directory-browsing.ts';
import { changingContract } from '#test/contracts/directory-changing.ts';
import { groupingContract } from '#test/contracts/directory-grouping.ts';
import { scanningContract } from '#test/contracts/directory-scanning.ts';
import { samba, withoutSamba } from '#test/servers/samba.ts';
import { openLdapDirectory } from './directory.ts';
import { openLdapScanner } from './scanner.ts';

const activeDirectory = { server: samba, open: openLdapDirectory, skip: withoutSamba() };

directoryContract('Active Directory', activeDirectory);
const scanned = { ...activeDirectory, openScanner: openLdapScanner };
scanningContract('Active Directory', scanned);
groupingContract('Active Directory', scanned);
browsingContract('Active Directory', scanned);
changingContract('Active Directory', { ...scanned, manners: ['dirsync', 'usn'], alone: false });
