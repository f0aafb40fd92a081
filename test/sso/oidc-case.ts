// One way to misbehave, and the words in which many of them are said.
import type { OidcCheck } from '#domain/sso/oidc-checks.ts';
import { type Misbehaviour, type Serve, serves } from '#test/servers/misbehaving-op.ts';
import type { Settings } from './oidc-stage.ts';

export type Case = {
  readonly name: string;
  readonly check: OidcCheck;
  readonly how?: Misbehaviour;
  /** Settings of the application; `at` is appended to the address of the provider. */
  readonly settings?: Settings;
  readonly at?: string;
  readonly pushes?: boolean;
};

export const minutes = 60;
export const slow = (): void => {};
export const html = serves('<!doctype html><title>Sign in</title>', 'text/html');
export const huge = serves(JSON.stringify({ issuer: 'x'.repeat(200_000) }));
export const broken = serves('{"issuer":');
export const away: Serve = (response) =>
  void response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end();

export const claims = (more: Record<string, unknown>): Misbehaviour => ({
  claims: (usual) =>
    Object.fromEntries(
      Object.entries({ ...usual, ...more }).filter(([, value]) => value !== undefined),
    ),
});
export const time = (more: (iat: number) => Record<string, unknown>): Misbehaviour => ({
  claims: (usual) => ({ ...usual, ...more(Number(usual.iat)) }),
});
export const header = (more: Record<string, unknown>): Misbehaviour => ({
  header: (usual) => ({ ...usual, ...more }),
});
export const document = (more: Record<string, unknown>): Misbehaviour => ({
  document: (usual) => ({ ...usual, ...more }),
});
export const redirect = (more: Record<string, string | undefined>): Misbehaviour => ({
  redirect: (parameters) => {
    for (const [name, value] of Object.entries(more)) {
      if (value === undefined) parameters.delete(name);
      else parameters.set(name, value);
    }
  },
});
export const tokens = (more: Record<string, unknown>): Misbehaviour => ({
  tokens: (usual) => ({ ...usual, ...more }),
});
export const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
