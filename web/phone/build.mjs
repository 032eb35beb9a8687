// Builds the phone into target/assets/phone: what the simulator embeds and serves.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));
const out = fileURLToPath(new URL('../../target/assets/phone/', import.meta.url));
const require = createRequire(import.meta.url);

/** Every function of WeChat's `wx`, read from its published typings: so an unknown one can fail by name. */
export const wxApiNames = {
  name: 'wx-api-names',
  setup(builder) {
    builder.onResolve({ filter: /^wx-api-names$/ }, ({ path }) => ({ path, namespace: 'wx' }));
    builder.onLoad({ filter: /.*/, namespace: 'wx' }, () => {
      const typings = readFileSync(require.resolve('miniprogram-api-typings/types/wx/lib.wx.api.d.ts'), 'utf8');
      const body = typings.slice(typings.indexOf('interface Wx {'));
      const names = [...new Set([...body.matchAll(/^ {8}(\w+)[<(]/gm)].map(([, name]) => name))];
      if (names.length < 400) throw new Error(`only ${names.length} names of wx found: have the typings changed?`);
      return { contents: `export const WX_API_NAMES = ${JSON.stringify(names)};` };
    });
  },
};

const common = {
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2022',
  charset: 'utf8',
  plugins: [wxApiNames],
  legalComments: 'none',
  logLevel: 'warning',
};

/** The MIT licences of what is bundled must travel with it. */
function licences() {
  return ['glass-easel', 'glass-easel-miniprogram-adapter']
    .map((name) => {
      const folder = require.resolve(`${name}/package.json`).replace(/package\.json$/, '');
      let text;
      try {
        text = readFileSync(`${folder}LICENSE`, 'utf8');
      } catch {
        // The adapter is released with glass-easel, under the same licence and owner, without a copy of it.
        text = readFileSync(require.resolve('glass-easel/package.json').replace(/package\.json$/, 'LICENSE'), 'utf8');
      }
      return `${name}\n\n${text}`;
    })
    .join('\n\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(`${out}host`, { recursive: true });
  mkdirSync(`${out}guest`, { recursive: true });
  await Promise.all([
    build({ ...common, entryPoints: [`${here}src/host/main.ts`], outfile: `${out}host/phone.js` }),
    build({ ...common, entryPoints: [`${here}src/host/phone.css`], outfile: `${out}host/phone.css` }),
    build({
      ...common,
      entryPoints: [`${here}src/guest/main.ts`],
      outfile: `${out}guest/guest.js`,
      loader: { '.css': 'text' },
    }),
    build({ ...common, entryPoints: [`${here}src/web/main.ts`], outfile: `${out}guest/web.js` }),
    build({ ...common, entryPoints: [`${here}src/guest/guest.css`], outfile: `${out}guest/guest.css` }),
  ]);
  cpSync(`${here}src/host/index.html`, `${out}host/index.html`);
  cpSync(`${here}src/guest/index.html`, `${out}guest/index.html`);
  writeFileSync(`${out}LICENSES.txt`, licences());
}
