// Composes self-service's port to the directories: automation's one path, and where this hub's own desk answers.
import type { PasswordResets } from '#domain/ports/password-reset.ts';
import { passwordResets } from '#features/automation/resets.ts';
import type { Hub } from './hub.ts';
import { ownDeskOf } from './own-desk.ts';

/** A link of a user counts only where its source is this very desk, under one of its own addresses. */
export function passwordResetsOf(hub: Hub, publicUrl: URL): PasswordResets {
  return passwordResets({
    ...hub.automation,
    ownDesk: ownDeskOf(hub.config, publicUrl.href),
  });
}
