// Writes docs/openapi.json, what `sundog openapi` prints of a hub that knows nobody.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeGenerated } from './generated.ts';

const data = mkdtempSync(join(tmpdir(), 'sundog-openapi-'));
// As root, PostgreSQL runs as another user, who must get through.
chmodSync(data, 0o755);
const printed = spawnSync(
  process.execPath,
  [join(import.meta.dirname, '..', 'src', 'main.ts'), 'openapi'],
  {
    env: { PATH: process.env.PATH, SUNDOG_DATA: join(data, 'data') },
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  },
);
rmSync(data, { recursive: true, force: true });
if (printed.status === 0) {
  writeGenerated('docs/openapi.json', printed.stdout);
} else {
  console.error(printed.stderr);
  process.exitCode = 1;
}
