// An LDAP server over TLS with any number of people, who are made as they are sent: its memory stays the same.
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { Secret } from '#lib/secret.ts';
import { aCertificateAuthority } from './certificates.ts';
import { baseDn, peopleDn, peopleMax } from './many-people.ts';

export type GeneratedLdap = AsyncDisposable & {
  readonly host: string;
  readonly ports: { readonly ldaps: number };
  readonly caPem: string;
  readonly caFile: string;
  readonly baseDn: string;
  readonly peopleDn: string;
  readonly service: { readonly dn: string; readonly password: Secret };
  readonly pid: number;
  /** Gives the people of those numbers another title, once more with every call. */
  change(numbers: readonly number[]): Promise<void>;
  remove(numbers: readonly number[]): Promise<void>;
};

const password = 'Larkfield-Service-1';
const Ready = z.object({ port: z.int() });

export async function aGeneratedLdap(count: number): Promise<GeneratedLdap> {
  if (count > peopleMax) throw new Error(`At most ${peopleMax} people can be told apart.`);
  const authority = await aCertificateAuthority('Larkfield Optics LDAP authority');
  const { key, cert } = await authority.issue(['localhost', '127.0.0.1']);
  const folder = mkdtempSync(join(tmpdir(), 'sundog-generated-'));
  writeFileSync(join(folder, 'ca.pem'), authority.ca);
  const program = join(import.meta.dirname, '..', 'processes', 'generated-ldap.ts');
  const child = fork(program, [JSON.stringify({ count, key, cert, password })], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const { port } = Ready.parse(await said(child));
  const tell = async (message: Record<string, readonly number[]>) => {
    const answer = said(child);
    child.send(message);
    await answer;
  };
  return {
    host: '127.0.0.1',
    ports: { ldaps: port },
    caPem: authority.ca,
    caFile: join(folder, 'ca.pem'),
    baseDn,
    peopleDn,
    service: { dn: `cn=svc-sundog,${baseDn}`, password: new Secret(password) },
    pid: child.pid ?? 0,
    change: (numbers) => tell({ change: numbers }),
    remove: (numbers) => tell({ remove: numbers }),
    async [Symbol.asyncDispose]() {
      if (child.connected) child.disconnect();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function said(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`the server ended with ${code}`));
    child.once('exit', ended);
    child.once('message', (message) => {
      child.off('exit', ended);
      resolve(message);
    });
  });
}
