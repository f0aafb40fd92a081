import { directoryContract } from '#test/contracts/directory.ts';
import { samba, withoutSamba } from '#test/servers/samba.ts';
import { openLdapDirectory } from './directory.ts';

directoryContract('Active Directory', {
  server: samba,
  open: openLdapDirectory,
  skip: withoutSamba(),
});
