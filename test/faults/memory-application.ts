// An application in memory that answers as told and remembers what it was sent: for faults and for speed.
import type {
  Application,
  ApplicationResponse,
  RenderedRequest,
} from '#domain/ports/application.ts';

export type MemoryApplication = {
  readonly open: () => Promise<Application>;
  rows: readonly unknown[];
  readonly sent: RenderedRequest[];
  /** Answers a request; throwing is the fault. */
  answer: (request: RenderedRequest) => ApplicationResponse | Promise<ApplicationResponse>;
  /** Called before each page is read; throwing is the fault. */
  fault: () => void | Promise<void>;
};

const pageSize = 500;

export function aMemoryApplication(rows: readonly unknown[] = []): MemoryApplication {
  const memory: MemoryApplication = {
    rows,
    sent: [],
    answer: () => anAnswer(201, { id: 1 }),
    fault: () => {},
    open: async () => ({
      async send(request) {
        memory.sent.push(request);
        return await memory.answer(request);
      },
      async *readRows() {
        for (let at = 0; at < memory.rows.length || at === 0; at += pageSize) {
          await memory.fault();
          yield memory.rows.slice(at, at + pageSize);
        }
      },
      async [Symbol.asyncDispose]() {},
    }),
  };
  return memory;
}

export function anAnswer(status: number, body: unknown): ApplicationResponse {
  return { status, headers: {}, text: JSON.stringify(body), tookMs: 1 };
}
