// Composes self-service's port to the directories: automation's one path, and where this hub's own desk answers.
import type { PasswordResets } from '#domain/ports/password-reset.ts';
import { passwordResets } from '#features/automation/resets.ts';
import type { Hub } from './hub.ts';

/** A link of a user counts only where its source is this very desk, under one of its own addresses. */
export function passwordResetsOf(hub: Hub, publicUrl: URL): PasswordResets {
  const { host, port, tls } = hub.config;
  const scheme = tls === undefined ? 'http' : 'https';
  const listens = `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
  return passwordResets({
    ...hub.automation,
    ownDesk: [publicUrl.origin, new URL(listens).origin],
  });
}
