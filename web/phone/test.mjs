// Bundles every test (Node 20 does not read TypeScript) and runs it with Node's own runner.
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { wxApiNames } from './build.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const out = fileURLToPath(new URL('../../target/js/phone-tests/', import.meta.url));
const tests = readdirSync(`${here}test`).filter((name) => name.endsWith('.test.ts'));
if (tests.length === 0) throw new Error('no tests found');

rmSync(out, { recursive: true, force: true });
await build({
  entryPoints: tests.map((name) => `${here}test/${name}`),
  bundle: true,
  platform: 'node',
  format: 'esm',
  outdir: out,
  outExtension: { '.js': '.mjs' },
  sourcemap: 'inline',
  plugins: [wxApiNames],
  loader: { '.css': 'text' },
});
const files = tests.map((name) => out + name.replace(/\.ts$/, '.mjs'));
const run = spawnSync(process.execPath, ['--enable-source-maps', '--test', ...files], { stdio: 'inherit' });
process.exit(run.status ?? 1);
