// Answers to security questions: how they are spelt before they are hashed, and which ones are refused.
import { commonAnswers } from './common-answers.ts';

/** Each kept answer names the version it was spelt by; an old version never changes. */
export const spellingVersion = 1;

export const answerLengths = { min: 4, max: 100 } as const;
export const answersMin = 3;
export const answersMax = 5;

/** What stays of an answer: letters, marks and digits, in one form and one case. */
export function spell(answer: string, version: number): string {
  if (version !== 1) throw new RangeError(`There is no spelling ${version}.`);
  // Upper case first, as Unicode folds: ß becomes SS. A final sigma is a sigma.
  return answer
    .normalize('NFKC')
    .toUpperCase()
    .toLowerCase()
    .normalize('NFKC')
    .replaceAll('ς', 'σ')
    .replaceAll(/[^\p{L}\p{M}\p{N}]/gu, '');
}

export type GivenAnswer = {
  readonly questionId: number;
  readonly question: string;
  readonly answer: string;
};

/** Why the answers cannot be taken, for the first that cannot, or nothing. Never repeats an answer. */
export function faultIn(
  given: readonly GivenAnswer[],
  names: readonly string[],
): string | undefined {
  const asked = new Set(given.map(({ questionId }) => questionId));
  if (given.length < answersMin) return `answer at least ${answersMin} questions`;
  if (given.length > answersMax) return `no more than ${answersMax} questions are kept`;
  if (asked.size < given.length) return 'choose each question once';
  const spelt = given.map(({ answer }) => spell(answer, spellingVersion));
  for (const [index, one] of given.entries()) {
    const fault = faultOf(one, spelt[index] ?? '', names);
    if (fault !== undefined) return `the answer to “${one.question}” ${fault}`;
  }
  if (new Set(spelt).size < spelt.length) return 'two answers are the same';
  return undefined;
}

function faultOf(
  { question, answer }: GivenAnswer,
  spelt: string,
  names: readonly string[],
): string | undefined {
  if (answer.length > answerLengths.max) return `has more than ${answerLengths.max} characters`;
  const length = [...spelt].length;
  if (length < answerLengths.min) return `needs at least ${answerLengths.min} letters or digits`;
  if (spell(question, spellingVersion).includes(spelt)) return 'stands in the question';
  if (isOfName(spelt, names)) return 'is part of your name or address';
  if (/^(.{1,3}?)\1+$/u.test(spelt) || isRun(spelt)) return 'repeats itself or counts up';
  if (commonAnswers.has(spelt)) return 'is one that people try first; say it in a few more words';
  return undefined;
}

/** Part of a name, or a name and hardly more. */
function isOfName(spelt: string, names: readonly string[]): boolean {
  const parts = names
    .flatMap((name) => [name, ...name.split(/[^\p{L}\p{M}\p{N}]+/u)])
    .map((part) => spell(part, spellingVersion))
    .filter((part) => part.length >= 3);
  return parts.some((part) => part.includes(spelt) || spelt.replaceAll(part, '').length < 3);
}

function isRun(text: string): boolean {
  const codes = [...text].map((character) => character.codePointAt(0) ?? 0);
  return codes.slice(1).every((code, index) => Math.abs(code - (codes[index] ?? 0)) === 1);
}
