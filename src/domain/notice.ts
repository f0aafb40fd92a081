// A notice is one sentence about something people should know of, with a link to where they can act.

export const noticeEvents = [
  'plan.waits',
  'run.failed',
  'connection.broke',
  'connection.recovered',
  'audit.checkpoint',
  'audit.stalled',
  'audit.broken',
  'sso.certificate-expires',
] as const;
export type NoticeEvent = (typeof noticeEvents)[number];

export type Notice = {
  readonly event: NoticeEvent;
  /** Unique for ever to what happened: the same notice twice is told once. */
  readonly key: string;
  /** Whose it is; null concerns those who look after every client. */
  readonly clientId: number | null;
  /** A few words, for a subject line: "A plan waits: New starters". */
  readonly title: string;
  /** One sentence, without secrets. */
  readonly sentence: string;
  /** Where to act, below the hub's public address: /plans/{id}. */
  readonly path: string;
};
