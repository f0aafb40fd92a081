// The places of the console, with the letter that goes there after `g`.
export const places = [
  { to: '/', label: 'Overview', letter: 'o' },
  { to: '/automations', label: 'Automations', letter: 'a' },
  { to: '/plans', label: 'Plans', letter: 'p' },
  { to: '/runs', label: 'Runs', letter: 'r' },
] as const;
