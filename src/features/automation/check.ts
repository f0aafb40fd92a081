// Checks a definition when it is saved: paths, macros and schedules that cannot be read are refused at once.
import { compile } from 'json-p3';
import type { InboundEndpoint } from '#domain/endpoint.ts';
import { readTemplate } from '#domain/macro.ts';
import type { Mapping } from '#domain/mapping.ts';
import { refuse } from '#domain/problem.ts';
import type { RequestTemplate } from '#domain/request.ts';
import type { OutboundWebhook } from '#domain/webhook.ts';
import { nextTime, parseCron } from '#lib/cron.ts';
import { isTimeZone } from '#lib/time-zone.ts';
import type { AutomationInput } from './automations.ts';

export function checkEndpoint(endpoint: InboundEndpoint): InboundEndpoint {
  checkRequest(endpoint.request);
  const { name, columns, primaryKey, rowsPath, paging } = endpoint;
  const total = paging.kind === 'page-number' ? paging.totalPath : undefined;
  for (const path of [
    rowsPath,
    ...columns.map((one) => one.path),
    ...(total === undefined ? [] : [total]),
  ]) {
    checkPath(path, name);
  }
  const names = columns.map((column) => column.name);
  const twice = names.find((one, at) => names.indexOf(one) !== at);
  if (twice !== undefined) invalid(`the column ${twice} is there twice`);
  if (!names.includes(primaryKey)) {
    invalid(
      `the primary key ${primaryKey} is none of the columns; choose one of ${names.join(', ')}`,
    );
  }
  return endpoint;
}

export function checkMapping(mapping: Mapping): Mapping {
  for (const { value } of mapping.rows) readTemplate(value);
  return mapping;
}

export function checkWebhook(webhook: OutboundWebhook): OutboundWebhook {
  checkRequest(webhook.request);
  readTemplate(webhook.target);
  if (webhook.lookFirst !== null) {
    readTemplate(webhook.lookFirst.url, { braces: true });
    readTemplate(webhook.lookFirst.found, { braces: true });
  }
  return webhook;
}

export function checkAutomation(input: AutomationInput): AutomationInput {
  readTemplate(input.source.personName);
  const { trigger } = input;
  if (trigger.kind === 'schedule') {
    if (!isTimeZone(trigger.timeZone)) invalid(`${trigger.timeZone} is no time zone`);
    const cron = parseCron(trigger.cron);
    if (cron === undefined) invalid(`${trigger.cron} is no schedule; write 0 7 * * 1-5, say`);
    if (nextTime(cron, trigger.timeZone, new Date(0)) === undefined) {
      invalid(`${trigger.cron} never comes`);
    }
  }
  return input;
}

function checkRequest({ url, headers, parameters, body }: RequestTemplate): void {
  const texts = [
    url,
    ...[...headers, ...parameters].map(({ value }) => value),
    ...(body.kind === 'form' ? body.fields.map(({ value }) => value) : []),
    ...('text' in body ? [body.text] : []),
  ];
  for (const text of texts) readTemplate(text, { braces: true });
}

function checkPath(path: string, endpoint: string): void {
  try {
    compile(path);
  } catch (fault) {
    const reason = fault instanceof Error ? fault.message : 'it is no JSONPath';
    refuse('path.malformed', { path, endpoint, reason });
  }
}

function invalid(reason: string): never {
  refuse('request.invalid', { reason });
}
