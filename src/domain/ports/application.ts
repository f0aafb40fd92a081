// What the domain asks of an application reached over HTTP: one request, or all rows of an endpoint.
// A connection's connector adds the authorization; a request never carries a credential of its own.

export type RenderedRequest = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Absolute, or a path below the connection's address. Another host than the connection's is refused. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly parameters: Readonly<Record<string, string>>;
  readonly body?: { readonly mediaType: string; readonly text: string };
};

export type ApplicationResponse = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly tookMs: number;
};

/** How an endpoint's rows come in pages. */
export type Paging =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'page-number';
      readonly pageParameter: string;
      readonly sizeParameter: string;
      readonly pageSize: number;
      /** JSONPath to the number of all records: what was read must reach it. */
      readonly totalPath?: string;
    };

export type RowsRequest = {
  readonly request: RenderedRequest;
  /** JSONPath (RFC 9535) to the array of rows in an answer. */
  readonly rowsPath: string;
  /** JSONPath, within a row, to its primary key: a row without one, or one seen twice, ends the read. */
  readonly keyPath?: string;
  readonly paging: Paging;
  readonly pagesMax: number;
};

export interface Application extends AsyncDisposable {
  /**
   * The answer, 2xx or 4xx, its text with secrets masked. What no caller can mend (401, 403, 429 after
   * waiting, 5xx, a redirect, a web page) is thrown, with `{status, text}` as the detail where there is one.
   */
  send(request: RenderedRequest, signal?: AbortSignal): Promise<ApplicationResponse>;
  /** Pages of rows (parsed JSON objects). Ends normally only after a complete read; else throws. */
  readRows(rows: RowsRequest, signal?: AbortSignal): AsyncIterable<readonly unknown[]>;
}

export type ApplicationRefusalCode =
  | 'credentials.refused'
  | 'rights.missing'
  | 'application.unreachable'
  | 'application.busy'
  | 'application.failed'
  | 'answer.malformed'
  | 'answer.incomplete'
  | 'address.refused'
  | 'request.refused';

/** What an application would not do, as a sentence; `retryable` when trying again later may help. */
export class ApplicationRefusal extends Error {
  readonly code: ApplicationRefusalCode;
  readonly retryable: boolean;
  readonly detail: unknown;
  override readonly name = 'ApplicationRefusal';

  constructor(
    code: ApplicationRefusalCode,
    sentence: string,
    retryable: boolean,
    detail?: unknown,
  ) {
    super(sentence);
    this.code = code;
    this.retryable = retryable;
    this.detail = detail;
  }
}
