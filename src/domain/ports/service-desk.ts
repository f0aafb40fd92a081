// What the domain asks of a service desk: the hub's own tables and a remote Halo answer alike.

export type DeskCustomField = { readonly name: string; readonly value: string | null };

export type DeskUser = {
  readonly id: number;
  readonly name: string;
  readonly firstName: string;
  readonly surname: string;
  readonly email: string | null;
  readonly login: string | null;
  readonly title: string | null;
  readonly department: string | null;
  readonly siteId: number | null;
  readonly siteName: string | null;
  readonly clientId: number | null;
  readonly clientName: string | null;
  readonly phone: string | null;
  readonly mobile: string | null;
  readonly inactive: boolean;
  readonly customFields: readonly DeskCustomField[];
};

export type DeskTicket = {
  readonly id: number;
  readonly summary: string;
  readonly details: string | null;
  readonly ticketTypeId: number | null;
  readonly statusId: number | null;
  readonly userId: number | null;
  readonly clientId: number | null;
  readonly siteId: number | null;
  readonly agentId: number | null;
  readonly closed: boolean;
};

export type DeskAction = {
  readonly id: number;
  readonly ticketId: number;
  readonly outcome: string | null;
  readonly note: string | null;
  readonly hiddenFromUser: boolean;
  readonly at: Date;
};

export type DeskClient = { readonly id: number; readonly name: string; readonly inactive: boolean };
export type DeskSite = {
  readonly id: number;
  readonly name: string;
  readonly clientId: number;
  readonly inactive: boolean;
};

export interface ServiceDesk {
  /** Every user, active and not, in pages; ends normally only after a complete read. */
  readUsers(query: { readonly includeInactive: boolean }): AsyncIterable<readonly DeskUser[]>;
  readTickets(query: {
    readonly openOnly: boolean;
    readonly ticketTypeId?: number;
  }): AsyncIterable<readonly DeskTicket[]>;
  readClients(): AsyncIterable<readonly DeskClient[]>;
  readSites(): AsyncIterable<readonly DeskSite[]>;
  findUser(id: number): Promise<DeskUser | undefined>;
  findTicket(id: number): Promise<DeskTicket | undefined>;
  /** Only the members given change. Without id one is created. */
  saveUser(user: Partial<DeskUser>): Promise<DeskUser>;
  saveTicket(ticket: Partial<DeskTicket>): Promise<DeskTicket>;
  listActions(ticketId: number): Promise<readonly DeskAction[]>;
  addAction(action: {
    readonly ticketId: number;
    readonly note: string;
    readonly outcomeId: number;
    readonly hiddenFromUser: boolean;
  }): Promise<DeskAction>;
}
