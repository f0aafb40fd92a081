// What one proves oneself with beside a password: passkeys, an app that shows codes, recovery codes.
import { Alert, Group, Stack, Text, Title } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { z } from 'zod';
import { post } from '#console/api.ts';
import { State } from '#console/shell/state.tsx';
import { Time } from '#console/shell/time.tsx';
import { NewAppWire, RecoveryCodesWire, type SecondFactorsWire } from '#features/sign-in/wire.ts';
import { hasPasskeys, inWords, makePasskey, PasskeyOptions } from './make-passkey.ts';
import { factorsPath } from './queries.ts';
import { RecoveryCodes } from './recovery-codes.tsx';
import { type NewApp, SetUpApp } from './set-up-app.tsx';
import { type Proven, WithPassword } from './with-password.tsx';

type Factors = z.infer<typeof SecondFactorsWire>;
const nothing = z.unknown();

export function SecondFactors({ factors }: { readonly factors: Factors }) {
  const [codes, setCodes] = useState<readonly string[]>([]);
  const [app, setApp] = useState<NewApp>();
  if (!factors.hasPassword) {
    return (
      <Text c="dimmed">
        Another system vouches for you, and you have no password here; a second factor is that
        system’s matter.
      </Text>
    );
  }
  const shown = (made: readonly string[]) => {
    setApp(undefined);
    setCodes(made);
  };
  return (
    <Stack gap="lg">
      {codes.length === 0 ? null : <RecoveryCodes codes={codes} close={() => setCodes([])} />}
      <Passkeys factors={factors} made={shown} />
      <App factors={factors} begun={setApp} />
      {app === undefined ? null : (
        <SetUpApp app={app} close={() => setApp(undefined)} made={shown} />
      )}
      <Codes factors={factors} made={shown} />
    </Stack>
  );
}

type Made = (codes: readonly string[]) => void;

async function addPasskey({ password, name }: Proven): Promise<readonly string[]> {
  const options = await post(`${factorsPath}/passkeys/options`, { password }, PasskeyOptions);
  const credential = await makePasskey(options).catch((error: Error) => {
    throw inWords(error);
  });
  const added = await post(`${factorsPath}/passkeys`, { name, credential }, RecoveryCodesWire);
  return added.recoveryCodes;
}

function Passkeys({ factors, made }: { readonly factors: Factors; readonly made: Made }) {
  const { passkeys, passkeysWork } = factors;
  const possible = passkeysWork && hasPasskeys();
  return (
    <Factor
      title="Passkeys"
      words="Your device’s finger, face or PIN, or a security key. A passkey signs you in without the password, and cannot be phished."
      state={passkeys.length === 0 ? undefined : `${passkeys.length} set up`}
      action={
        possible ? (
          <WithPassword
            words="Add a passkey"
            title="Add a passkey"
            named={nameOfThis()}
            act={async (given) => made(await addPasskey(given))}
          >
            Your browser asks next. The passkey stays on this device, in your password manager, or
            on a security key.
          </WithPassword>
        ) : undefined
      }
    >
      {possible ? null : (
        <Alert variant="outline" color="gray" my="xs">
          {passkeysWork
            ? 'This browser has no passkeys.'
            : 'Passkeys need a hub that is reached by a name over HTTPS; an administrator sets SUNDOG_PUBLIC_URL.'}
        </Alert>
      )}
      {passkeys.length === 0 ? null : (
        <table className="plain persons">
          <thead>
            <tr>
              <th scope="col">Passkey</th>
              <th scope="col">Added</th>
              <th scope="col">Last used</th>
              <th scope="col">
                <span className="aside">What you can do</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {passkeys.map((passkey) => (
              <tr key={passkey.id}>
                <td>
                  {passkey.name}
                  <Text size="sm" c="dimmed">
                    {passkey.synced ? 'synced between your devices' : 'on one device'}
                  </Text>
                </td>
                <td>
                  <Time at={passkey.addedAt} />
                </td>
                <td>{passkey.lastUsedAt === null ? 'never' : <Time at={passkey.lastUsedAt} />}</td>
                <td>
                  <WithPassword
                    words="Remove"
                    label={`Remove ${passkey.name}…`}
                    title={`Remove ${passkey.name}`}
                    color="red"
                    act={({ password }) =>
                      post(`${factorsPath}/passkeys/${passkey.id}/remove`, { password }, nothing)
                    }
                  >
                    It signs you in no more. What stands on the device you remove there.
                  </WithPassword>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Factor>
  );
}

function App({
  factors,
  begun,
}: {
  readonly factors: Factors;
  readonly begun: (app: NewApp) => void;
}) {
  const setUp = async ({ password }: Proven) =>
    begun(await post(`${factorsPath}/app`, { password }, NewAppWire));
  return (
    <Factor
      title="App that shows codes"
      words="After the password you type the code your phone shows."
      state={factors.app ? 'set up' : undefined}
      action={
        <Group gap="xs">
          <WithPassword
            words={factors.app ? 'Set up another app' : 'Set up an app'}
            title={factors.app ? 'Set up another app' : 'Set up an app'}
            act={setUp}
          >
            {factors.app
              ? 'It takes the place of the one you have, once it has shown its first code.'
              : 'You scan a QR code, and type the first code the app shows.'}
          </WithPassword>
          {factors.app ? (
            <WithPassword
              words="Remove"
              label="Remove the app…"
              title="Remove the app"
              color="red"
              act={({ password }) => post(`${factorsPath}/app/remove`, { password }, nothing)}
            >
              You are asked for its codes no more.
            </WithPassword>
          ) : null}
        </Group>
      }
    />
  );
}

function Codes({ factors, made }: { readonly factors: Factors; readonly made: Made }) {
  const { app, passkeys, recoveryCodesLeft: left } = factors;
  if (!app && passkeys.length === 0) return null;
  const make = async ({ password }: Proven) => {
    const path = `${factorsPath}/recovery-codes`;
    made((await post(path, { password }, RecoveryCodesWire)).recoveryCodes);
  };
  return (
    <Factor
      title="Recovery codes"
      words="For when you have lost your phone or device: each signs you in once."
      state={left === 0 ? undefined : `${left} left`}
      action={
        <WithPassword words="Make new codes" title="Make new recovery codes" act={make}>
          You get ten new ones, and those you have are good no more.
        </WithPassword>
      }
    />
  );
}

function Factor({
  title,
  words,
  state,
  action,
  children,
}: {
  readonly title: string;
  readonly words: string;
  readonly state: string | undefined;
  readonly action: ReactNode;
  readonly children?: ReactNode;
}) {
  return (
    <section aria-label={title}>
      <Group justify="space-between" align="flex-start" gap="md">
        <div className="prose">
          <Group gap="sm">
            <Title order={3} size="h5">
              {title}
            </Title>
            {state === undefined ? (
              <State tone="quiet">not set up</State>
            ) : (
              <State tone="done">{state}</State>
            )}
          </Group>
          <Text size="sm" c="dimmed">
            {words}
          </Text>
        </div>
        {action}
      </Group>
      {children === undefined ? null : <div className="beneath">{children}</div>}
    </section>
  );
}

/** What most people would call it. */
function nameOfThis(): string {
  const { userAgent } = navigator;
  const known = [
    [/iPhone/, 'iPhone'],
    [/iPad/, 'iPad'],
    [/Android/, 'Android phone'],
    [/Macintosh/, 'Mac'],
    [/Windows/, 'Windows PC'],
    [/Linux/, 'Linux PC'],
  ] as const;
  return known.find(([pattern]) => pattern.test(userAgent))?.[1] ?? 'This device';
}
