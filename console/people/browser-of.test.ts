import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { browserOf } from './browser-of.ts';

describe('A browser', () => {
  const known: readonly (readonly [string, string])[] = [
    [
      'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36',
      'Chrome on Windows',
    ],
    ['Mozilla/5.0 (Windows NT 10.0) Chrome/130.0 Safari/537.36 Edg/130.0', 'Edge on Windows'],
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) Version/17.4 Safari/605.1.15',
      'Safari on macOS',
    ],
    ['Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Safari/604.1', 'Safari on iOS'],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0', 'Firefox on Linux'],
    ['', 'A browser'],
  ];
  for (const [userAgent, name] of known)
    it(`is called ${name}`, () => {
      assert.equal(browserOf(userAgent), name);
    });
});
