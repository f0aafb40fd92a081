// The rules of signing in, in /v1: read and changed by administrators.
import { type Route, route } from '#http/route.ts';
import type { SignInPorts } from './forms.ts';
import { changeSignInSettings, readSignInSettings } from './settings.ts';
import { SignInSettingsChangeWire, SignInSettingsWire } from './wire.ts';

const common = { path: '/v1/sign-in-settings', dialect: 'v1', access: ['admin'] } as const;

export function settingsRoutes(ports: SignInPorts): Route[] {
  return [
    route({
      ...common,
      method: 'GET',
      summary: 'What is asked of agents at sign-in, and who may still sign in here',
      answers: { 200: SignInSettingsWire },
      handle: async () => {
        const settings = await readSignInSettings(ports.db);
        return { status: 200, body: settings };
      },
    }),
    route({
      ...common,
      method: 'PATCH',
      summary: 'Changes what is asked of agents at sign-in; refuses what would keep everybody out',
      body: SignInSettingsChangeWire,
      answers: { 200: SignInSettingsWire },
      handle: async ({ body, actor }) => {
        const settings = await changeSignInSettings(ports, body, actor);
        return { status: 200, body: settings };
      },
    }),
  ];
}
