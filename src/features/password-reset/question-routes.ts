// /api/SecurityQuestion: the catalogue in Halo's dialect.
import { z } from 'zod';
import type { Actor } from '#domain/actor.ts';
import { refuse } from '#domain/problem.ts';
import { enveloped, listAnswer, pageOf, pageSizeUsual, paging } from '#http/halo/list.ts';
import { oneOrMany, saved, savedAnswer } from '#http/halo/model.ts';
import { IdParams, reading } from '#http/halo/query.ts';
import { type Route, route } from '#http/route.ts';
import type { Db } from '#store/db.ts';
import { deleteQuestion, findQuestions, listQuestions, saveQuestions } from './questions.ts';
import { questionWire, SecurityQuestionWire } from './wire.ts';

const one = { dialect: 'halo', params: IdParams } as const;

export function questionRoutes({ db }: { readonly db: Db }): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/SecurityQuestion',
      summary: 'List the security questions people may choose from',
      dialect: 'halo',
      access: 'signed-in',
      query: z.object(paging),
      answers: { 200: listAnswer(SecurityQuestionWire) },
      handle: async ({ query }) => {
        const { limit, offset, pageNo, pageSize } = pageOf(query);
        const { rows, count } = await listQuestions(db, { limit, offset });
        const list = {
          rows: rows.map(questionWire),
          recordCount: count,
          pageNo,
          pageSize: pageSize ?? pageSizeUsual,
        };
        return { status: 200, body: enveloped(list, query) };
      },
    }),
    route({
      ...one,
      method: 'GET',
      path: '/api/SecurityQuestion/:id',
      summary: 'Get one security question',
      access: 'signed-in',
      query: z.object({ includedetails: reading.flag }),
      answers: { 200: SecurityQuestionWire },
      handle: async ({ params: { id } }) => {
        const [question] = await findQuestions(db, [id]);
        if (question === undefined) refuse('record.unknown', { kind: 'security question', id });
        return { status: 200, body: questionWire(question) };
      },
    }),
    route({
      method: 'POST',
      path: '/api/SecurityQuestion',
      summary: 'Create or change security questions',
      dialect: 'halo',
      access: ['password-reset:manage'],
      body: oneOrMany(SecurityQuestionWire),
      answers: savedAnswer(SecurityQuestionWire),
      handle: async ({ body, actor }) => {
        ofEveryClient(actor);
        return saved((await saveQuestions(db, body, actor)).map(questionWire));
      },
    }),
    route({
      ...one,
      method: 'DELETE',
      path: '/api/SecurityQuestion/:id',
      summary: 'Delete a security question that nobody has answered',
      access: ['password-reset:manage'],
      answers: { 200: SecurityQuestionWire },
      handle: async ({ params: { id }, actor }) => {
        ofEveryClient(actor);
        return { status: 200, body: questionWire(await deleteQuestion(db, id, actor)) };
      },
    }),
  ];
}

/** The catalogue is everybody's: who is bound to one client does not change it. */
export function ofEveryClient({ clientId, kind }: Actor): void {
  if (clientId !== undefined || kind === 'user') {
    refuse('permission.lacking', { permission: 'password-reset:manage for every client' });
  }
}
