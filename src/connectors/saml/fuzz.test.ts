// Random harm to genuine messages: whatever still verifies says just what was signed; and libxml2 as a second opinion.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { XmlDocument } from 'libxml2-wasm';
import { openTrace, SsoRefusal } from '#domain/sso/trace.ts';
import fc from '#test/property.ts';
import { corpus } from '#test/saml/corpus.ts';
import { expectedLogout, expectedResponse } from '#test/saml/expected.ts';
import { hostileKeys } from '#test/saml/hostile.ts';
import { moved, moves } from '#test/saml/transplant.ts';
import {
  aLogoutRequest,
  layouts,
  logoutId,
  signed,
  signedResponse,
} from '#test/servers/saml-idp.ts';
import { octetChecks, octetsOf } from './octets.ts';
import { scan } from './scan.ts';
import { verifyLogoutRequest, verifyResponse } from './verifier.ts';

const keys = await hostileKeys();
const certificates = [keys.idp.certificate];
const genuine = layouts.map((layout) => signedResponse(layout, keys.idp));
const logout = signed(aLogoutRequest(), logoutId, keys.idp);
/** Pieces that mean something to a reader of XML or SAML. */
const pieces = fc.constantFrom(
  ...[
    '<',
    '>',
    '&',
    '"',
    "'",
    '/',
    '=',
    ' ',
    '<!--',
    '-->',
    '<?x?>',
    '<![CDATA[',
    ']]>',
    '<!DOCTYPE x>',
  ],
  ...[
    '\u0000',
    '\u0085',
    '\u2028',
    '&#0;',
    '&lt;',
    '&x;',
    '&#x41;',
    'xmlns:',
    'xmlns=""',
    'ID="_assertion1"',
  ],
  ...['admin', 'saml:', 'samlp:', 'ds:', '<x/>', '</x>', '<saml:Assertion>', '</saml:Assertion>'],
  ...['<saml:NameID>admin</saml:NameID>', '<ds:Signature/>', 'é', '🦊'],
);

type Harm = readonly { readonly at: number; readonly cut: number; readonly put: string }[];
const harms: fc.Arbitrary<Harm> = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    cut: fc.oneof(fc.constant(0), fc.nat(40), fc.nat(2_000)),
    put: fc.oneof(fc.constant(''), pieces, fc.string({ maxLength: 8 })),
  }),
  { minLength: 1, maxLength: 4 },
);

function harmed(xml: string, harm: Harm): string {
  return harm.reduce((text, { at, cut, put }) => {
    const from = Math.floor(at * text.length);
    return text.slice(0, from) + put + text.slice(from + cut);
  }, xml);
}

/** What it proves; undefined where it is refused. Any other error is a fault of ours. */
function provenOf<Proven>(verify: () => Proven): Proven | undefined {
  try {
    return verify();
  } catch (error) {
    assert.ok(error instanceof SsoRefusal, String(error));
    return undefined;
  }
}

describe('A genuine message that was harmed', () => {
  for (const [at, layout] of layouts.entries()) {
    it(`proves what was signed or nothing (layout "${layout}")`, () => {
      const expected = expectedResponse(certificates);
      const xml = genuine[at] ?? '';
      const whole = verifyResponse(Buffer.from(xml), expected, openTrace());

      fc.assert(
        fc.property(harms, (harm) => {
          const message = Buffer.from(harmed(xml, harm));
          const proven = provenOf(() => verifyResponse(message, expected, openTrace()));
          if (proven !== undefined) assert.deepEqual(proven, whole);
        }),
        { numRuns: 1_000 },
      );
    });
  }

  it('proves what was signed or nothing (logout request)', () => {
    const expected = expectedLogout(certificates);
    const verify = (xml: Buffer) =>
      verifyLogoutRequest({ binding: 'post', xml }, expected, openTrace());
    const whole = verify(Buffer.from(logout));

    fc.assert(
      fc.property(harms, (harm) => {
        const proven = provenOf(() => verify(Buffer.from(harmed(logout, harm))));
        if (proven !== undefined) assert.deepEqual(proven, whole);
      }),
      { numRuns: 1_000 },
    );
  });

  for (const [at, layout] of layouts.entries()) {
    it(`proves what was signed or nothing (elements moved about, layout "${layout}")`, () => {
      const expected = expectedResponse(certificates);
      const xml = genuine[at] ?? '';
      const whole = verifyResponse(Buffer.from(xml), expected, openTrace());

      fc.assert(
        fc.property(moves, (list) => {
          const message = Buffer.from(moved(xml, list));
          const proven = provenOf(() => verifyResponse(message, expected, openTrace()));
          if (proven !== undefined) assert.deepEqual(proven, whole);
        }),
        { numRuns: 1_500 },
      );
    });
  }

  it('proves what was signed or nothing (octets turned over)', () => {
    const expected = expectedResponse(certificates);
    const bytes = Buffer.from(genuine[2] ?? '');
    const whole = verifyResponse(bytes, expected, openTrace());
    const changes = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), {
      minLength: 1,
      maxLength: 3,
    });

    fc.assert(
      fc.property(changes, (turned) => {
        const message = Buffer.from(bytes);
        for (const [at, octet] of turned) message[at] = octet;
        const proven = provenOf(() => verifyResponse(message, expected, openTrace()));
        if (proven !== undefined) assert.deepEqual(proven, whole);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('What libxml2 finds not well-formed', () => {
  it('is refused before it is believed in any part (random harm)', () => {
    const found = { refused: 0 };
    fc.assert(
      fc.property(fc.constantFrom(...genuine, logout), harms, (xml, harm) => {
        const message = Buffer.from(harmed(xml, harm));
        if (isWellFormed(message)) return;
        found.refused += 1;
        assert.ok(isRefused(message), message.toString());
      }),
      { numRuns: 2_000 },
    );
    assert.ok(found.refused > 500);
  });

  it('is refused (the hostile messages)', () => {
    const messages = corpus(keys)
      .flatMap((family) => family.messages)
      .flatMap((each) => (each.kind === 'response' ? [Buffer.from(each.xml)] : []));
    const malformed = messages.filter((message) => !isWellFormed(message));

    assert.ok(malformed.length > 50);
    assert.deepEqual(malformed.filter((message) => !isRefused(message)).map(String), []);
  });
});

describe('The scanner', () => {
  it('takes what libxml2 takes, of plain documents', () => {
    const name = fc
      .stringMatching(/^[a-z][a-z0-9.-]{0,5}$/)
      .filter((each) => !each.startsWith('xml'));
    const text = fc
      .stringMatching(/^[a-z0-9 éß🦊>]{0,10}$/u)
      .filter((each) => !each.includes(']]>'));
    const { tree } = fc.letrec<{ readonly tree: string }>((tie) => ({
      tree: fc
        .tuple(
          name,
          fc.uniqueArray(name, { maxLength: 3 }),
          fc.array(fc.oneof({ maxDepth: 4 }, text, tie('tree')), { maxLength: 3 }),
        )
        .map(
          ([tag, attributes, inner]) =>
            `<${tag}${attributes.map((each) => ` ${each}="&lt;'&#233;"`).join('')}>${inner.join('')}</${tag}>`,
        ),
    }));

    fc.assert(
      fc.property(tree, (xml) => {
        assert.equal(isWellFormed(Buffer.from(xml)), true, xml);
        assert.equal(scan(xml).fault, undefined, xml);
        assert.equal(isRefused(Buffer.from(xml)), false, xml);
      }),
      { numRuns: 500 },
    );
  });
});

function isRefused(message: Buffer): boolean {
  const octets = octetsOf(message);
  return octetChecks.some(({ run }) => run(octets) !== undefined);
}

function isWellFormed(message: Buffer): boolean {
  try {
    using document = XmlDocument.fromBuffer(message);
    return document.root !== undefined;
  } catch {
    return false;
  }
}
