// What Larkfield calls new accounts: three sets of names, each tried as a whole.
import type { z } from 'zod';
import type { AccountNames, NamePart } from '#domain/naming-format.ts';
import { mailDomain } from './company.ts';

type Column = Extract<z.input<typeof NamePart>, { kind: 'column' }>;

const dot = { kind: 'text', text: '.' } as const;
const space = { kind: 'text', text: ' ' } as const;
const counter = { kind: 'counter' } as const;
const first: Column = { kind: 'column', column: 'firstName', letters: 'lower' };
const initial: Column = { ...first, characters: 1 };
const last: Column = { kind: 'column', column: 'surname', letters: 'lower' };

/** ines.marlow, else imarlow, else ines.marlow2, ines.marlow3 ... each with its address and common name. */
export function accountNames(): z.input<typeof AccountNames> {
  const locals = [
    [first, dot, last],
    [initial, last],
    [first, dot, last, counter],
  ] as const;
  const at = { kind: 'text', text: `@${mailDomain}` } as const;
  const whole = [
    { kind: 'column', column: 'firstName' },
    space,
    { kind: 'column', column: 'surname' },
  ] as const;
  const department = { kind: 'column', column: 'department' } as const;
  const opened = { kind: 'text', text: ' (' } as const;
  const closed = { kind: 'text', text: ')' } as const;
  const addresses = { recipes: locals.map((local) => [...local, at]), stripSpaces: true };
  return {
    cn: {
      recipes: [
        [...whole],
        [...whole, opened, department, closed],
        [...whole, opened, department, space, counter, closed],
      ],
      stripAccents: false,
    },
    sAMAccountName: {
      recipes: locals.map((local) => [...local]),
      stripSpaces: true,
      maxLength: 20,
    },
    userPrincipalName: addresses,
    mail: addresses,
  };
}
