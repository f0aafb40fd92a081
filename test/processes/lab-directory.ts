// A lab directory in a process of its own, for tests that kill it: `node lab-directory.ts FOLDER`, says its ports.
import { labDirectoryIn } from '#test/servers/lab-directory.ts';

const server = await labDirectoryIn(process.argv[2] ?? '');
process.stdout.write(`${JSON.stringify({ ports: server.ports, caPem: server.caPem })}\n`);
