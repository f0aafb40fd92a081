// What sign-in and API applications ask of the desk about its agents; the desk answers from its own tables.
import type { Permission } from '#domain/permission.ts';

export type DeskAgent = {
  readonly id: number;
  readonly name: string;
  readonly email: string;
  /** False for a disabled or deleted agent: no sign-in, and what they hold stops working. */
  readonly enabled: boolean;
  /** What the agent may do: their roles together, `permissionsOfAgent` in domain/permission.ts. */
  readonly permissions: ReadonlySet<Permission>;
};

export type NewDeskAgent = {
  readonly name: string;
  readonly email: string;
  readonly administrator: boolean;
};

export type Agents = {
  /** The agent whose e-mail address is the login, in any letter case. */
  findByLogin(login: string): Promise<DeskAgent | undefined>;
  find(id: number): Promise<DeskAgent | undefined>;
  create(agent: NewDeskAgent): Promise<DeskAgent>;
};
