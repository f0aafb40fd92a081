// The log tells everything but secrets.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from '#test/property.ts';
import { type LogOptions, maskFields, openLog } from './log.ts';
import { Secret } from './secret.ts';

describe('The log', () => {
  function logged(options: Partial<LogOptions>, fields: Record<string, unknown>): string {
    const lines: string[] = [];
    const now = () => new Date('2026-11-22T08:30:00Z');
    const write = (line: string) => lines.push(line);
    openLog({ format: 'json', level: 'info', write, now, ...options }).info('It happened', fields);
    return lines.join('');
  }

  it('is one line of JSON an event', () => {
    assert.deepEqual(JSON.parse(logged({}, { person: 'Ines Marlow', count: 3 })), {
      time: '2026-11-22T08:30:00.000Z',
      level: 'info',
      message: 'It happened',
      person: 'Ines Marlow',
      count: 3,
    });
  });

  it('is a plain line for a person', () => {
    const line = logged({ format: 'pretty' }, { person: 'Ines Marlow' });

    assert.equal(line, '08:30:00 info  It happened person=Ines Marlow\n');
  });

  it('leaves out what is below its level', () => {
    assert.equal(logged({ level: 'warn' }, {}), '');
  });

  it('never shows a Secret, wherever it hides', () => {
    const wrap = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 5 },
        fc.constant(new Secret('hidden')),
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(fc.string(), tie('any'), { maxKeys: 3 }),
        tie('any').map((value) => Object.assign(new Error('it broke'), { cause: value })),
      ),
    })).any;
    fc.assert(
      fc.property(wrap, fc.constantFrom('json', 'pretty'), (value, format) => {
        assert.equal(logged({ format }, { value }).includes('hidden'), false);
      }),
    );
  });

  for (const name of [
    'password',
    'newPassword',
    'client_secret',
    'Authorization',
    'cookie',
    'set-cookie',
    'X-Halo-Api-Key',
    'apiKey',
    'unicodePwd',
    'access_token',
    'passphrase',
  ]) {
    it(`never shows what is called ${name}`, () => {
      assert.deepEqual(maskFields({ deep: [{ [name]: 'hidden' }] }), {
        deep: [{ [name]: '[secret]' }],
      });
    });
  }

  it('tells an error by name, message, code and place, not by what else it carries', () => {
    const error = Object.assign(new Error('it broke'), {
      code: 'EIO',
      request: { body: 'hidden' },
    });

    const line = logged({}, { error });

    assert.match(line, /"code":"EIO"/);
    assert.match(line, /it broke/);
    assert.doesNotMatch(line, /hidden/);
  });

  it('cannot be made to show a second line', () => {
    const lines: string[] = [];
    const log = openLog({ format: 'pretty', level: 'info', write: (line) => lines.push(line) });

    log.info('one\n08:30:00 info two', { name: 'x\n08:30:00 info three' });

    assert.equal(lines.join('').trimEnd().split('\n').length, 1);
  });

  it('ends, whatever it is given', () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;

    assert.match(logged({}, { circle, list: Array(10_000).fill(1), big: 10n }), /deeper/);
  });
});
