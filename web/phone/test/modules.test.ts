/** Goal: `require` finds what WeChat would find, once, and nothing outside the program. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ModuleFunction } from '../src/guest/bundle';
import { Modules, candidates, resolvePath } from '../src/guest/modules';
import { themed } from '../src/guest/theme';
import { parsePageUrl } from '../src/guest/urls';

type Require = (target: string) => unknown;

/** A file that runs `body` with `require`, `module` and `exports`. */
function file(body: (require: Require, module: { exports: unknown }, exports: Record<string, unknown>) => void): ModuleFunction {
  return () => (require, module, exports) => body(require, module, exports as Record<string, unknown>);
}

const none = (): readonly unknown[] => [];

test('paths resolve inside the program and never leave it', () => {
  assert.equal(resolvePath('pages/a/a', '../b/b'), 'pages/b/b');
  assert.equal(resolvePath('pages/a/a', '/util'), 'util');
  assert.equal(resolvePath('a', '../x'), undefined);
});

test('npm packages are searched upwards, after the plain path', () => {
  assert.deepEqual(candidates('pages/a/a', '@x/y').filter((_, index) => index % 2 === 0), [
    'pages/a/@x/y',
    'pages/a/miniprogram_npm/@x/y',
    'pages/miniprogram_npm/@x/y',
    'miniprogram_npm/@x/y',
  ]);
});

test('a file runs once, whoever requires it and however it is written', () => {
  let runs = 0;
  const modules = new Modules(
    {
      util: file((_, module) => {
        runs += 1;
        module.exports = { n: 1 };
      }),
      app: file((require, module) => {
        module.exports = [require('./util'), require('util.js'), require('/util')];
      }),
    },
    none,
  );
  const [first, second, third] = modules.load('app') as unknown[];
  assert.equal(first, second);
  assert.equal(second, third);
  assert.equal(runs, 1);
});

test('a circle sees what was exported so far', () => {
  const modules = new Modules(
    {
      a: file((require, _, exports) => {
        exports['early'] = 1;
        exports['fromB'] = require('./b');
      }),
      b: file((require, module) => {
        module.exports = { ...(require('./a') as object) };
      }),
    },
    none,
  );
  assert.deepEqual(modules.load('a'), { early: 1, fromB: { early: 1 } });
});

test('a missing module is told in WeChat’s words, and a file that threw throws again', () => {
  const modules = new Modules({ a: file((require) => require('./gone')), toString: file(() => {}) }, none);
  assert.throws(() => modules.load('a'), /module '\.\/gone' is not defined, require args is '\.\/gone' in 'a\.js'/);
  assert.throws(() => modules.load('a'), /is not defined/);
  assert.throws(() => modules.load('hasOwnProperty'), /is not defined/, 'names of Object are no modules');
});

test('names of the theme mean what the mode says, wherever they stand', () => {
  const config = { tabBar: { color: '@text', list: [{ text: '@unknown', n: 1 }] } };
  const theme = { light: { text: '#000' }, dark: { text: '#fff' } };
  assert.deepEqual(themed(config, theme, 'dark'), { tabBar: { color: '#fff', list: [{ text: '@unknown', n: 1 }] } });
  assert.equal(themed(config, { light: { text: '#000' } }, 'dark').tabBar.color, '#000');
  assert.equal(themed('@toString', theme, 'dark'), '@toString');
});

test('a page’s address keeps its query as written', () => {
  assert.deepEqual(parsePageUrl('pages/a/a', '../b/b?x=1&y=a%20b=c&z'), {
    path: 'pages/b/b',
    query: { x: '1', y: 'a%20b=c', z: '' },
  });
});
