import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { anyText } from '#test/contracts/any-text.ts';
import fc from '#test/property.ts';
import { parseDn } from './dn.ts';
import { type MacroValue, parseTemplate } from './macros.ts';
import { escapeFilterValue, type Place, renderTemplate } from './places.ts';

const someText = anyText({ maxLength: 40 })
  .map((text) => text.toWellFormed())
  .filter((text) => text.trim() !== '');

describe('A macro never becomes syntax', () => {
  it('in JSON, within quotes or in place of a value', () => {
    fc.assert(
      fc.property(someText, (value) => {
        const text = fill('[{"a": "x %v% y", "b": %v%, "c": 1}]', 'json', value);

        assert.deepEqual(JSON.parse(text), [{ a: `x ${value} y`, b: value, c: 1 }]);
      }),
    );
  });

  it('in the path of a URL', () => {
    fc.assert(
      fc.property(someText, (value) => {
        fc.pre(value !== '.' && value !== '..');

        const url = new URL(fill('https://halo.test/api/Users/%v%/x?a=1#f', 'url', value));

        assert.equal(url.host, 'halo.test');
        assert.equal(url.search, '?a=1');
        assert.deepEqual(url.pathname.split('/').map(decodeURIComponent), [
          '',
          'api',
          'Users',
          value,
          'x',
        ]);
      }),
    );
  });

  it('in the query of a URL', () => {
    fc.assert(
      fc.property(someText, (value) => {
        const url = new URL(fill('https://halo.test/api/Users?q=%v%&page=1', 'url', value));

        assert.deepEqual(
          [...url.searchParams],
          [
            ['q', value],
            ['page', '1'],
          ],
        );
      }),
    );
  });

  it('in a form', () => {
    fc.assert(
      fc.property(someText, (value) => {
        const form = new URLSearchParams(fill('a=%v%&b=2', 'form', value));

        assert.deepEqual(
          [...form],
          [
            ['a', value],
            ['b', '2'],
          ],
        );
      }),
    );
  });

  it('in a distinguished name', () => {
    fc.assert(
      fc.property(someText, (value) => {
        const dn = parseDn(fill('OU=%v%,OU=People,DC=test', 'dn', value));

        assert.deepEqual(
          dn?.map(([part]) => part?.value),
          [value, 'People', 'test'],
        );
      }),
    );
  });

  it('in a search filter', () => {
    fc.assert(
      fc.property(someText, (value) => {
        const filter = fill('(&(objectClass=user)(cn=%v%))', 'ldap-filter', value);

        const inner = filter.slice('(&(objectClass=user)(cn='.length, -'))'.length);
        assert.doesNotMatch(inner, /[()*\0]/);
        assert.equal(unescaped(inner), value);
      }),
    );
  });

  it('in XML, between tags and in an attribute', () => {
    fc.assert(
      fc.property(someText.filter(isXml), (value) => {
        const xml = fill('<user name="%v%"><mail>%v%</mail></user>', 'xml', value);

        assert.equal(xml.replace(/[^<>"]/g, ''), '<""><><><>');
        assert.equal(unescapedXml(xml), `<user name="${value}"><mail>${value}</mail></user>`);
      }),
    );
  });
});

describe('A macro is refused', () => {
  const cases: readonly (readonly [string, Place, string, string, RegExp])[] = [
    ['as the host of a URL', 'url', 'https://%v%/api', 'evil.test', /choose the host/],
    ['as a part of the host', 'url', 'https://halo.test%v%/api', '.evil.test', /choose the host/],
    ['where a path would climb', 'url', '/api/Users/%v%', '..', /climb/],
    ['where a path would climb in two steps', 'url', '/api/Users/.%v%', '.', /climb/],
    ['where a path would climb, percent-encoded', 'url', '/api/%%2e%v%', '.', /climb/],
    ['when a header would get a second line', 'header', '%v%', 'a\r\nX: b', /control characters/],
    ['after a backslash in JSON', 'json', '{"a": "\\%v%"}', 'u', /backslash/],
    ['when the body is not JSON in the end', 'json', '{"a": %v% b}', 'x', /not JSON/],
    ['as the name of an XML tag', 'xml', '<%v%/>', 'user', /takes no value/],
    ['in an XML comment', 'xml', '<a><!-- %v% --></a>', 'x', /takes no value/],
    ['when XML has no place for it', 'xml', '<a>%v%</a>', '\u0000', /no place/],
  ];
  for (const [title, place, template, value, reason] of cases) {
    it(title, () => {
      assert.throws(() => fill(template, place, value), { name: 'TemplateFault', message: reason });
    });
  }

  it('when it would leave a path short', () => {
    assert.throws(() => fill('/api/Users/%v|%', 'url', ''), { message: /shorten the path/ });
  });
});

describe('The host of a connection', () => {
  it('may be named in braces', () => {
    const template = parseTemplate('https://{Host-Name}/api/Users/{id}', { braces: true });

    const url = renderTemplate(template, 'url', ({ name }) =>
      name === 'id' ? 17 : 'larkfield.haloitsm.test:8443',
    );

    assert.equal(url, 'https://larkfield.haloitsm.test:8443/api/Users/17');
  });

  it('is refused when it is none', () => {
    const template = parseTemplate('https://{Host-Name}/api', { braces: true });

    assert.throws(() => renderTemplate(template, 'url', () => 'a.test/evil?'), {
      message: /not a host name/,
    });
  });
});

describe('A number', () => {
  it('stays a number in JSON', () => {
    assert.equal(fill('{"id": %v%, "text": "%v%"}', 'json', 17), '{"id": 17, "text": "17"}');
  });
});

function fill(template: string, place: Place, value: MacroValue): string {
  return renderTemplate(parseTemplate(template), place, () => value);
}

/** Reads a filter value back (RFC 4515 §3). */
function unescaped(text: string): string {
  assert.equal(escapeFilterValue(''), '');
  return text.replace(/\\([\da-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

function unescapedXml(text: string): string {
  return text.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
}

function isXml(text: string): boolean {
  return /^[\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]*$/u.test(text);
}
