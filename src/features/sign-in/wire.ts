// How one's own sign-in, and the rules of everybody's, are spelt in /v1; the console reads these too.
import { z } from 'zod';

const time = z.iso.datetime();

export const PasskeyWire = z
  .object({
    id: z.uuid(),
    name: z.string(),
    /** Synced between devices, as phones and password managers do. */
    synced: z.boolean(),
    addedAt: time,
    lastUsedAt: time.nullable(),
  })
  .meta({ id: 'Passkey' });

export const SecondFactorsWire = z
  .object({
    app: z.boolean(),
    passkeys: z.array(PasskeyWire),
    recoveryCodesLeft: z.int(),
    /** Whether this hub's address is one that browsers know passkeys by. */
    passkeysWork: z.boolean(),
    /** Without one there is nothing a second factor is added to: another system vouches. */
    hasPassword: z.boolean(),
    /** Whether a rule asks for one, so that the last cannot be removed. */
    needed: z.boolean(),
  })
  .meta({ id: 'SecondFactors' });

export const PasswordProof = z.strictObject({ password: z.string().min(1).max(1_024) });

export const NewAppWire = z.object({ link: z.string(), letters: z.string() });

/** Shown once, with the first factor; none: there are some already. */
export const RecoveryCodesWire = z.object({ recoveryCodes: z.array(z.string()) });

export const PasskeyName = z
  .string()
  .trim()
  .max(80)
  .regex(/^[^\p{Cc}\s][^\p{Cc}]*$/u);

const BreakGlassAgent = z.object({
  id: z.int(),
  name: z.string(),
  /** Enabled, an administrator, and with a password here. */
  usable: z.boolean(),
});

const localSignIn = z.enum(['everyone', 'break-glass']);

export const SignInSettingsWire = z
  .object({
    agentsNeedSecondFactor: z.boolean(),
    localSignIn,
    breakGlassAgents: z.array(BreakGlassAgent),
  })
  .meta({
    id: 'SignInSettings',
    description:
      '`agentsNeedSecondFactor`: who has none sets one up at the next sign-in. `localSignIn`: `break-glass` lets, while single sign-on lets agents in, only the agents named sign in with a password or passkey of this hub.',
  });

export const SignInSettingsChangeWire = z.strictObject({
  agentsNeedSecondFactor: z.boolean().optional(),
  localSignIn: localSignIn.optional(),
  breakGlassAgents: z.array(z.int32().positive()).max(50).optional(),
});

const SessionWire = z
  .object({
    id: z.uuid(),
    startedAt: time,
    seenAt: time,
    endsAt: time,
    address: z.string(),
    browser: z.string(),
    /** The session that asks. */
    current: z.boolean(),
  })
  .meta({ id: 'Session' });

export const SessionsWire = z.object({ items: z.array(SessionWire), next: z.null() });
