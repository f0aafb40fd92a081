// Holds the layers: who may import whom. Reads import lines; needs nothing installed.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

type Source = { readonly path: string; readonly text: string };

const root = join(import.meta.dirname, '..');

/** Layer -> the layers it may use beside itself. `connectors/x` and `features/x` are sealed folders. */
const mayUse: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  domain: ['lib'],
  store: ['domain', 'lib'],
  http: ['domain', 'lib'],
  connectors: ['domain', 'lib'],
  features: ['domain', 'lib', 'store', 'http'],
  lab: ['domain', 'lib'],
};

describe('The layers', () => {
  it('hold in every source file', () => {
    const sources = globSync(['src/**/*.ts', 'lab/**/*.ts'], { cwd: root }).map((path) => ({
      path,
      text: readFileSync(join(root, path), 'utf8'),
    }));

    assert.ok(sources.length > 10, 'the sources were not found');
    assert.deepEqual(sources.flatMap(wrongImports), []);
  });

  const caught: readonly (readonly [string, string, string])[] = [
    ['lib knows nobody', 'src/lib/a.ts', '#domain/plan.ts'],
    ['the domain never reaches the store', 'src/domain/a.ts', '#store/db.ts'],
    ['http knows no feature', 'src/http/a.ts', '#features/desk/routes.ts'],
    ['a connector never sees its sibling', 'src/connectors/halo/a.ts', '#connectors/ldap/b.ts'],
    ['a feature never sees its sibling', 'src/features/desk/a.ts', '#features/sign-in/b.ts'],
    ['a feature never sees a connector', 'src/features/desk/a.ts', '#connectors/halo/b.ts'],
    ['the lab is imported by main alone', 'src/features/desk/a.ts', '#lab/lab.ts'],
    ['nobody climbs out of a folder', 'src/domain/a.ts', '../lib/clock.ts'],
    ['tests are imported by tests alone', 'src/domain/a.ts', '#test/servers/samba.ts'],
  ];
  for (const [title, path, specifier] of caught) {
    it(`catch that ${title}`, () => {
      const source = { path, text: `import { x } from '${specifier}';` };

      assert.equal(wrongImports(source).length, 1);
    });
  }

  it('catch an import that is computed or deferred outside main.ts and the table of commands', () => {
    const source = { path: 'src/domain/a.ts', text: "const x = await import('#store/db.ts');" };

    assert.equal(wrongImports(source).length, 1);
  });

  it('let a right import through', () => {
    const source = { path: 'src/features/desk/a.ts', text: "import { x } from '#store/db.ts';" };

    assert.deepEqual(wrongImports(source), []);
  });
});

describe('The way to this machine’s own identity', () => {
  it('is taken by the managed-identity connector alone', () => {
    const takers = globSync('src/**/*.ts', { cwd: root })
      .filter((path) => !path.endsWith('.test.ts') && path !== 'src/lib/connect-guard.ts')
      .filter((path) => /identityAllowance|identity: \{ host/.test(read(path)));

    assert.deepEqual(takers, ['src/connectors/key-vault/managed-identity.ts']);
  });
});

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

function wrongImports({ path, text }: Source): string[] {
  if (path === 'src/main.ts') return [];
  const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)].map(
    (match) => match[1] ?? '',
  );
  const wrong = specifiers.filter((specifier) => !isAllowed(path, specifier));
  const deferred = [...text.matchAll(/\bimport\s*\(\s*['"`][#.]/g)];
  return [
    ...wrong.map((specifier) => `${path} imports ${specifier}`),
    ...(wrong.length === 0 && path !== 'src/commands.ts'
      ? deferred.map(() => `${path} imports at run time`)
      : []),
  ];
}

function isAllowed(path: string, specifier: string): boolean {
  if (specifier.startsWith('../')) return false;
  if (!specifier.startsWith('#')) return true;
  const from = place(path);
  const to = place(`src/${specifier.slice(1)}`.replace(/^src\/(lab|test|console)\//, '$1/'));
  if (path.endsWith('.test.ts') && to.layer === 'test') return true;
  if (from.layer === to.layer) return from.folder === to.folder;
  return mayUse[from.layer]?.includes(to.layer) ?? from.layer === 'main';
}

/** Files directly in src/ (main.ts, config.ts ...) are the composition: layer main. */
function place(path: string): { readonly layer: string; readonly folder: string } {
  const parts = path.replace(/^src\//, '').split('/');
  const layer = parts.length > 1 ? (parts[0] ?? '') : 'main';
  const sealed = layer === 'connectors' || layer === 'features';
  return { layer, folder: sealed ? (parts[1] ?? '') : '' };
}
