// How the values of settings are checked, each with the words for what does not fit.
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { errorCode } from '#lib/errors.ts';
import { logLevels } from '#lib/log.ts';
import { Secret } from '#lib/secret.ts';

const text = z.string().trim();

export function masterKey() {
  return text
    .refine((key) => Buffer.from(key, 'base64').length === 32, 'it is not 32 bytes in base64')
    .transform((key) => new Secret(key))
    .optional();
}

export function databaseUrl() {
  const wanted = 'it is not an address such as postgresql://role:password@host:5432/database';
  return text
    .refine((url) => /^postgres(ql)?:\/\/[^/]+\/[^/?]+/.test(url), wanted)
    .transform((url) => new Secret(url))
    .optional();
}

export function pemFile(kind: string) {
  return text
    .transform((file, context) => {
      const pem = readText(file);
      if (pem.text === undefined) context.addIssue(`the file cannot be read (${pem.reason})`);
      else if (!pem.text.includes(`${kind}-----`)) context.addIssue(`the file holds no ${kind}`);
      return pem.text ?? '';
    })
    .optional();
}

function readText(file: string): { readonly text?: string; readonly reason: string } {
  try {
    return { text: readFileSync(file, 'utf8'), reason: '' };
  } catch (error) {
    return { reason: errorCode(error) ?? 'unknown' };
  }
}

export function list(fits: (word: string) => boolean, problem: string) {
  return text
    .transform((words, context) => {
      const found = words.split(/[\s,]+/).filter((word) => word !== '');
      for (const word of found) if (!fits(word)) context.addIssue(`${word} ${problem}`);
      return found;
    })
    .default([]);
}

export function isNetwork(word: string): boolean {
  return isIP(word) > 0 || ipaddr.isValidCIDR(word);
}

export function isOrigin(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, pathname, search, hash, username } = new URL(url);
  return /^https?:$/.test(protocol) && pathname === '/' && `${search}${hash}${username}` === '';
}

export function isLogWord(word: string): boolean {
  return ['json', 'pretty', ...logLevels].includes(word);
}
