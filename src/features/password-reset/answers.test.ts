// The pure rules of self-service: how answers are spelt, which are refused, which questions are asked.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { anyText } from '#test/contracts/any-text.ts';
import fc from '#test/property.ts';
import { faultIn, spell } from './answers.ts';
import { plainLogin, questionsOfDay, seeminglyEnrolled } from './choose-questions.ts';
import { faultOfAddress, maskedAddress } from './outside-address.ts';
import type { Person } from './person.ts';

const key = Buffer.alloc(32, 3);
const noon = new Date('2026-11-21T12:00:00Z');
const names = ['Ines Marlow', 'ines.marlow@larkfield.test', 'LARKFIELD\\imarlow'];

describe('The spelling of an answer, version 1,', () => {
  // Frozen: answers are kept by it. Another spelling is another version.
  for (const [given, kept] of [
    ['  Lighthouse   Keeper ', 'lighthousekeeper'],
    ['St. Ives, 1987!', 'stives1987'],
    ['STRASSE', 'strasse'],
    ['Straße', 'strasse'],
    ['ΟΔΟΣ', 'οδοσ'],
    ['οδος.', 'οδοσ'],
    ['ﬁne ① ｆｏｘ', 'fine1fox'],
    ['Zoe\u0308', 'zoë'],
    ['Zoë', 'zoë'],
    ['İstanbul', 'i̇stanbul'],
    ['数独 パズル', '数独パズル'],
    ['🦊🦊', ''],
  ] as const) {
    it(`makes ${JSON.stringify(kept)} of ${JSON.stringify(given)}`, () => {
      assert.equal(spell(given, 1), kept);
    });
  }

  it('makes the same of what it has made, whatever was given', () => {
    fc.assert(
      fc.property(anyText({ maxLength: 40 }), (text) => {
        assert.equal(spell(spell(text, 1), 1), spell(text, 1));
      }),
      { numRuns: 300 },
    );
  });

  it('is refused in a version there is none of', () => {
    assert.throws(() => spell('any', 2), RangeError);
  });
});

describe('Answers', () => {
  const good = [
    { questionId: 1, question: 'What was the first dish you cooked?', answer: 'Apricot dumplings' },
    { questionId: 2, question: 'What did you want to become?', answer: 'Lighthouse keeper' },
    { questionId: 3, question: 'Which teacher do you remember?', answer: 'Penhaligon of frogs' },
  ];
  const withAnswer = (answer: string) =>
    good.map((one, index) => (index === 2 ? { ...one, answer } : one));

  it('are taken when they are long enough, different and nobody’s first guess', () => {
    assert.equal(faultIn(good, names), undefined);
  });

  for (const [answer, because] of [
    ['', /at least 4/],
    ['!!!!!!', /at least 4/],
    ['abc', /at least 4/],
    ['x'.repeat(101), /more than 100/],
    ['remember', /stands in the question/],
    ['Teacher, do you', /stands in the question/],
    ['Marlow', /part of your name/],
    ['ines marlow', /part of your name/],
    ['imarlow1', /part of your name/],
    ['aaaaaaa', /repeats/],
    ['12345678', /repeats itself or counts up|people try first/],
    ['Pizza', /people try first/],
    ['New York', /people try first/],
    ['I don’t know', /people try first/],
    ['  apricot  DUMPLINGS ', /two answers are the same/],
  ] as const) {
    it(`are refused for ${JSON.stringify(answer.slice(0, 20))}, without repeating it`, () => {
      const fault = faultIn(withAnswer(answer), names);

      assert.match(fault ?? '', because);
      if (answer.length > 8 && !/[Tt]eacher/.test(answer)) assert.ok(!fault?.includes(answer));
    });
  }

  it('need three questions, each once, and no more than five', () => {
    assert.match(faultIn(good.slice(0, 2), names) ?? '', /at least 3/);
    assert.match(faultIn([...good, ...good], names) ?? '', /no more than 5/);
    const twice = good.map((one) => ({ ...one, questionId: 1 }));
    assert.match(faultIn(twice, names) ?? '', /each question once/);
  });
});

describe('The questions that are asked', () => {
  const ids = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

  it('stay the same for a person and a day, and are three of theirs', () => {
    const mine = [2, 4, 6, 8, 10];
    const late = new Date('2026-11-21T23:59:59Z');

    const asked = questionsOfDay(key, 'user 7', mine, noon);

    assert.deepEqual(questionsOfDay(key, 'user 7', mine, late), asked);
    assert.equal(asked.length, 3);
    assert.ok(asked.every((id) => mine.includes(id)));
  });

  it('seem to come from three to five for whoever is not there, for ever', () => {
    const seeming = seeminglyEnrolled(key, 'login ghost', ids);

    assert.ok(seeming.length >= 3 && seeming.length <= 5);
    assert.deepEqual(seeminglyEnrolled(key, 'login ghost', ids), seeming);
    assert.notDeepEqual(seeminglyEnrolled(Buffer.alloc(32, 4), 'login ghost', ids), seeming);
  });

  it('hardly change for them when the catalogue grows', () => {
    const before = seeminglyEnrolled(key, 'login ghost', ids);
    const after = seeminglyEnrolled(key, 'login ghost', [...ids, 11]);

    assert.ok(before.filter((id) => !after.includes(id)).length <= 1);
  });

  it('are the same under each way to write a login', () => {
    for (const login of ['ghost', 'GHOST', 'LARKFIELD\\ghost', 'ghost@larkfield.test', ' ghost ']) {
      assert.equal(plainLogin(login), 'ghost');
    }
  });
});

describe('An outside address', () => {
  const person: Person = {
    id: 7,
    name: 'Ines Marlow',
    email: 'ines@larkfield.test',
    login: 'imarlow@ad.larkfield.example',
    samAccountName: 'imarlow',
    clientId: 1,
    distinguishedName: 'CN=Ines Marlow,OU=Staff,DC=corp,DC=larkfield,DC=lan',
    premiseName: null,
    emailChangedAt: null,
    barred: null,
  };

  for (const address of [
    'ines@larkfield.test',
    'anything@LARKFIELD.test',
    'ines@mail.larkfield.test',
    'ines@larkfield.example',
    'ines@corp.larkfield.lan',
  ]) {
    it(`is not ${address}, which the lost account opens`, () => {
      assert.match(faultOfAddress(address, person) ?? '', /as does the account/);
    });
  }

  for (const address of [
    '',
    'ines',
    'ines@',
    'a@b.example, c@d.example',
    'a@b.example\r\nBcc: c@d.example',
  ]) {
    it(`is not ${JSON.stringify(address)}`, () => {
      assert.match(faultOfAddress(address, person) ?? '', /no mail address/);
    });
  }

  it('is any other, and shown so that only its owner knows it again', () => {
    assert.equal(faultOfAddress('ines.marlow@notlarkfield.test', person), undefined);
    assert.equal(maskedAddress('ines.marlow@elsewhere.example'), 'i…w@elsewhere.example');
  });
});
