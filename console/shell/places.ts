// The places of the console, with the letter that goes there after `g`.
export const places = [
  { to: '/', label: 'Overview', letter: 'o' },
  { to: '/automations', label: 'Automations', letter: 'a' },
  { to: '/plans', label: 'Plans', letter: 'p' },
  { to: '/runs', label: 'Runs', letter: 'r' },
  { to: '/people', label: 'People', letter: 'e' },
  { to: '/directory-syncs', label: 'Directory syncs', letter: 'd' },
  { to: '/secret-links', label: 'Secret links', letter: 's' },
  { to: '/applications', label: 'API applications', letter: 'i' },
  { to: '/sign-on', label: 'Single sign-on', letter: 'l' },
  { to: '/key-vaults', label: 'Key vaults', letter: 'v' },
  { to: '/sign-in-attempts', label: 'Sign-in attempts', letter: 'n' },
  { to: '/audit', label: 'Audit', letter: 't' },
  { to: '/passwords', label: 'Passwords', letter: 'w' },
  { to: '/keys', label: 'Master key', letter: 'm' },
  { to: '/password-reset', label: 'Password reset', letter: 'f' },
] as const;

/** Of a user of the desk, who has no business with plans. */
export const placesOfUsers = [
  { to: '/', label: 'Your tickets' },
  { to: '/account', label: 'Your sign-in' },
] as const;

export type Place = (typeof places)[number] | (typeof placesOfUsers)[number];
