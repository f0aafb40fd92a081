// Opens one secured connection to a directory: judged, pinned, verified and timed at every stage.
import type { Socket } from 'node:net';
import { BerReader } from 'ldapts';
import { DirectoryRefusal } from '#domain/ports/directory.ts';
import { guardedConnect, type Network, secured, systemNetwork } from '#lib/connect-guard.ts';
import { type LdapAddress, limits } from './address.ts';
import type { ClientCertificate } from './certificate.ts';
import { lost } from './refusals.ts';

export type Dialled = {
  readonly socket: Socket;
  readonly encrypted: boolean;
  /** The address that was dialled, so that a later connection reaches the same domain controller. */
  readonly peer: string;
};

/**
 * ldapts would resolve and dial by itself, past the connect guard; here every socket is opened by the guard.
 * `peer` is the address of an earlier connection, so that a second one reaches the same domain controller.
 */
export async function dial(
  address: LdapAddress,
  client: ClientCertificate | undefined,
  peer?: string,
): Promise<Dialled> {
  const { host, port, allowance, security } = address;
  const timeoutMs = address.connectTimeoutMs ?? limits.connectTimeoutMs;
  const trust = {
    ...(address.caPem === undefined ? {} : { ca: address.caPem }),
    ...(client === undefined ? {} : { client }),
  };
  const socket = await guardedConnect(
    { host, port, allowance, timeoutMs, ...(security === 'ldaps' ? { tls: trust } : {}) },
    peer === undefined ? systemNetwork : pinned(peer),
  );
  socket.setKeepAlive(true, limits.keepAliveMs);
  // Without a listener an error between here and the first operation would end the process.
  socket.on('error', () => {});
  const remote = socket.remoteAddress ?? peer ?? host;
  if (security !== 'starttls') return { socket, encrypted: security === 'ldaps', peer: remote };
  try {
    await askForTls(socket, timeoutMs);
    const upgraded = await secured(socket, address, trust, AbortSignal.timeout(timeoutMs));
    upgraded.on('error', () => {});
    return { socket: upgraded, encrypted: true, peer: remote };
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** The name leads to the one address it led to before; the guard judges it all the same. */
function pinned(peer: string): Network {
  return { lookup: async () => [peer], connect: systemNetwork.connect };
}

/** LDAPMessage { 1, ExtendedRequest { "1.3.6.1.4.1.1466.20037" } } (RFC 4511 §4.14.1). */
const startTls = Buffer.concat([
  Buffer.from('301d02010177188016', 'hex'),
  Buffer.from('1.3.6.1.4.1.1466.20037'),
]);

/** An answer to StartTLS is tens of bytes; whoever sends more is no directory. */
const answerBytesMax = 4_096;

/**
 * Done by hand, because what a stranger on the wire sends behind the answer must not be taken for the
 * first words spoken under TLS: the answer must be all that came.
 */
function askForTls(socket: Socket, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    const timer = setTimeout(() => settle(lost(new Error('no answer to StartTLS'))), timeoutMs);
    const onClose = () => settle(lost(new Error('closed instead of answering StartTLS')));
    const onData = (bytes: Buffer) => {
      received = Buffer.concat([received, bytes]);
      const result = resultOf(received);
      if (result === 0) settle();
      else if (result !== undefined) settle(unwilling(result));
    };
    const settle = (failure?: Error) => {
      clearTimeout(timer);
      socket.off('close', onClose).off('data', onData);
      socket.pause();
      if (failure === undefined) resolve();
      else reject(failure);
    };
    socket.on('close', onClose).on('data', onData);
    socket.write(startTls);
  });
}

/** The result code; nothing while bytes are missing; -1 when it is no answer to StartTLS. */
function resultOf(bytes: Buffer): number | undefined {
  if (bytes[0] !== 0x30 || bytes.length > answerBytesMax) return -1;
  try {
    const reader = new BerReader(bytes);
    if (reader.readSequence() === null || reader.remain < reader.length) return undefined;
    if (reader.remain > reader.length) return -1;
    const [id, operation] = [reader.readInt(), reader.readSequence()];
    const result = reader.readEnumeration();
    return id === 1 && operation === 0x78 && result !== null ? result : -1;
  } catch {
    return -1;
  }
}

function unwilling(result: number): DirectoryRefusal {
  return new DirectoryRefusal(
    'tls.required',
    'The directory does not offer StartTLS on this port; install a certificate on it, or choose LDAPS.',
    false,
    `result ${result}`,
  );
}
