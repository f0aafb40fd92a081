// What the domain asks of those who carry messages to people: mail, and signed posts to a webhook.

export type Mail = {
  /** The same mail sent twice bears the same id, so that a mailbox can tell. */
  readonly id: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
};

export interface Mailer extends AsyncDisposable {
  /** Returns when the server has taken it for every recipient; else throws a DeliveryRefusal. */
  send(mail: Mail, signal?: AbortSignal): Promise<void>;
}

export type Post = {
  /** The same post sent twice bears the same id, so that a receiver can tell. */
  readonly id: string;
  readonly body: unknown;
};

export interface Poster extends AsyncDisposable {
  /** Returns when the receiver answered 2xx; else throws a DeliveryRefusal. */
  post(post: Post, signal?: AbortSignal): Promise<void>;
}

export type DeliveryRefusalCode =
  | 'address.refused'
  | 'receiver.unreachable'
  | 'tls.refused'
  | 'credentials.refused'
  | 'message.refused'
  | 'receiver.failed';

/** Why a message was not taken, as a sentence; `retryable` when trying again later may help. */
export class DeliveryRefusal extends Error {
  readonly code: DeliveryRefusalCode;
  readonly retryable: boolean;
  readonly detail: unknown;
  override readonly name = 'DeliveryRefusal';

  constructor(code: DeliveryRefusalCode, sentence: string, retryable: boolean, detail?: unknown) {
    super(sentence);
    this.code = code;
    this.retryable = retryable;
    this.detail = detail;
  }
}
