import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Macro, type MacroValue, macrosOf, parseTemplate, textOf } from './macros.ts';

const values: Readonly<Record<string, MacroValue>> = {
  firstName: 'Ines',
  department: 'Quality',
  mobile: null,
  mails: ['ines@larkfield.test', 'i.marlow@larkfield.test'],
};

describe('A template with macros', () => {
  const filled: readonly (readonly [string, string, string])[] = [
    ['keeps text without macros', 'Larkfield Optics', 'Larkfield Optics'],
    ['fills a macro in', 'Hello %firstName%!', 'Hello Ines!'],
    ['writes a doubled percent sign once', '100 %% of %department%', '100 % of Quality'],
    ['takes the default of an empty macro', '%mobile|none%', 'none'],
    ['takes an empty default', '[%mobile|%]', '[]'],
    ['fills a macro within a default in', '%mobile|#%firstName%#%', 'Ines'],
    ['joins a list with commas', '%mails%', 'ines@larkfield.test, i.marlow@larkfield.test'],
    ['calls a function with nested macros', '%fx.join(#%firstName%#, x)%', 'Ines+x'],
    ['finds arguments by name', '%fx.join(b:1,a:#%department%#)%', 'b=1+a=Quality'],
    ['takes an escaped comma as text', '%fx.join(a\\, b, c)%', 'a, b+c'],
    ['nests calls', '%fx.join(#%fx.join(#%firstName%#, 1)%#, 2)%', 'Ines+1+2'],
    ['leaves braces alone where they mean nothing', '{"id": {id}}', '{"id": {id}}'],
  ];
  for (const [title, template, expected] of filled) {
    it(title, () => {
      assert.equal(textOf(parseTemplate(template), look), expected);
    });
  }

  const refused: readonly (readonly [string, string, RegExp])[] = [
    ['a macro that does not end', 'Hello %firstName', /does not end/],
    ['a lonely percent sign', '100 % sure', /write %% for a percent sign/],
    ['a bracket that does not close', '%fx.join(a%', /\) is missing/],
    ['macros nested too deeply', nested(7), /nested too deeply/],
    ['more macros than anybody writes', '%a%'.repeat(501), /too many/],
    ['a text longer than any template', 'a'.repeat(100_001), /longer than/],
  ];
  for (const [title, template, reason] of refused) {
    it(`is refused for ${title}`, () => {
      assert.throws(() => parseTemplate(template), { name: 'TemplateFault', message: reason });
    });
  }

  it('is refused when a macro is empty and has no default', () => {
    const template = parseTemplate('Call %mobile%');

    assert.throws(() => textOf(template, look), { kind: 'empty', written: '%mobile%' });
  });

  it('lists its macros, nested ones too', () => {
    const template = parseTemplate('%fx.join(#%ad.mail%#)% %mobile|#%env.phone%#%');

    assert.deepEqual(
      macrosOf(template).map(({ prefix, name }) => [prefix, name]),
      [
        ['fx', 'join'],
        ['ad', 'mail'],
        [undefined, 'mobile'],
        ['env', 'phone'],
      ],
    );
  });

  it('knows the words in braces where a request asks for them', () => {
    const template = parseTemplate('https://{Host-Name}/api/{other}/{id}', { braces: true });

    assert.deepEqual(
      macrosOf(template).map(({ written }) => written),
      ['{Host-Name}', '{id}'],
    );
  });
});

function look(macro: Macro): MacroValue {
  if (macro.prefix !== 'fx') return values[macro.name] ?? null;
  return macro.args
    .map(({ name, value }) => (name === undefined ? '' : `${name}=`) + textOf(value, look))
    .join('+');
}

function nested(depth: number): string {
  const inner = (left: number): string => (left === 0 ? 'x' : `#%fx.join(${inner(left - 1)})%#`);
  return `%fx.join(${inner(depth)})%`;
}
