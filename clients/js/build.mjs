// Builds the library three times from one source: ESM and CommonJS for bundlers, and the folder that
// WeChat's "build npm" copies. es2017 is what the oldest supported base library runs natively.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));
const example = fileURLToPath(new URL('../../examples/miniprogram/miniprogram_npm/@suanpan/client', import.meta.url));
const common = { entryPoints: [`${here}src/index.ts`], bundle: true, target: 'es2017', charset: 'utf8' };

rmSync(`${here}dist`, { recursive: true, force: true });
await Promise.all([
  build({ ...common, format: 'esm', outfile: `${here}dist/index.js` }),
  build({ ...common, format: 'cjs', outfile: `${here}dist/index.cjs` }),
  build({ ...common, format: 'cjs', outfile: `${here}miniprogram_dist/index.js` }),
]);
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
execFileSync(process.execPath, [tsc, '--build', '--force', here], { stdio: 'inherit' });

// What the developer tool's "build npm" would do for the example mini program.
mkdirSync(example, { recursive: true });
cpSync(`${here}miniprogram_dist`, example, { recursive: true });
