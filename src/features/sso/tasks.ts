// The chores of single sign-on, which nobody at a browser waits for.
import type { Task } from '#store/queue.ts';
import { housekeeping } from './housekeeping.ts';
import type { SsoPorts } from './ports.ts';
import { samlTasks } from './saml/tasks.ts';

export function ssoTasks(ports: Omit<SsoPorts, 'sessions'>): Task[] {
  return [housekeeping(ports), ...samlTasks(ports)];
}
