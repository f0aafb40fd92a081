// Tries a directory as a sync would use it, and names the stage that failed.
import type { ProbeResult } from '#domain/connection.ts';
import type { Candidate, ConnectionPort } from './connection-port.ts';

export function tryConnection(
  connections: ConnectionPort,
  candidate: Candidate,
  signal: AbortSignal,
): Promise<ProbeResult> {
  return connections.probe(candidate, signal);
}
