// What sign-in asks of the desk about its users, the people it serves.
import type { Permission } from '#domain/permission.ts';

export type DeskUser = {
  readonly id: number;
  readonly name: string;
  readonly email: string;
  /** False for an inactive user or client, a service account and the general user: no sign-in. */
  readonly enabled: boolean;
  /** `permissionsOfUser` in domain/permission.ts: what they see of it is theirs alone. */
  readonly permissions: ReadonlySet<Permission>;
  /** The client of their site. */
  readonly clientId: number;
};

export type Users = {
  /**
   * The one enabled user whose e-mail address or login name it is, in any letter case. Desks let users
   * share an address; what two of them share signs in neither.
   */
  findByLogin(login: string): Promise<DeskUser | undefined>;
  find(id: number): Promise<DeskUser | undefined>;
};
