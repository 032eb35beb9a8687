/** Goal: life-cycle functions run in WeChat's order, and impossible moves are refused in its words. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventChannel } from '../src/guest/channel';
import { MAX_DEPTH, NavigationRefused, PageStack, type Page, type PageFactory } from '../src/guest/pages';
import type { PageUrl } from '../src/guest/urls';

const PAGES = ['home', 'list', 'detail', 'mine', 'a/b/deep', 'a/c/next'];

class Recorder implements PageFactory {
  readonly log: string[] = [];
  readonly shown: string[] = [];
  readonly openers: (EventChannel | undefined)[] = [];
  private renders: (() => void)[] = [];
  private serial = 0;
  onLoad: (path: string) => void = () => {};

  readonly stack = new PageStack(this, PAGES, new Set(['home', 'mine']), (page, depth) =>
    this.shown.push(`${page.path}:${depth}`),
  );

  create(url: PageUrl, opener?: EventChannel): Page {
    this.serial += 1;
    this.openers.push(opener);
    const { log, serial } = this;
    return {
      path: url.path,
      instance: { serial, route: url.path },
      call: (method, ...args) => {
        const query = method === 'onLoad' ? JSON.stringify(args[0]) : '';
        log.push(`${url.path}.${method}${query === '{}' ? '' : query}`);
        if (method === 'onLoad') this.onLoad(url.path);
      },
      lifetime: (name) => log.push(`${url.path}#${name}`),
      show: () => {},
      destroy: () => log.push(`${url.path}!`),
    };
  }

  afterRender(callback: () => void): void {
    this.renders.push(callback);
  }

  render(): void {
    for (const callback of this.renders.splice(0)) callback();
  }

  /** What happened since the last look. */
  get happened(): string {
    this.render();
    return this.log.splice(0).join(' ');
  }
}

function launched(): Recorder {
  const recorder = new Recorder();
  recorder.stack.reLaunch('/home');
  recorder.log.splice(0);
  recorder.render();
  recorder.log.splice(0);
  return recorder;
}

test('the first page is loaded, shown and, once drawn, ready', () => {
  const recorder = new Recorder();
  recorder.stack.reLaunch('/home?from=chat');
  assert.equal(recorder.happened, 'home.onLoad{"from":"chat"} home.onShow home#show home.onReady');
});

test('navigateTo hides the old page and keeps it', () => {
  const recorder = launched();
  recorder.stack.navigateTo('/detail?id=1');
  assert.equal(
    recorder.happened,
    'home.onHide home#hide detail.onLoad{"id":"1"} detail.onShow detail#show detail.onReady',
  );
  assert.equal(recorder.stack.instances.length, 2);
});

test('navigateBack unloads the upper page, then shows the lower', () => {
  const recorder = launched();
  recorder.stack.navigateTo('/detail');
  void recorder.happened;
  recorder.stack.navigateBack(1);
  assert.equal(recorder.happened, 'detail.onUnload detail! home.onShow home#show');
});

test('navigateBack over several pages shows only the one it ends on', () => {
  const recorder = launched();
  recorder.stack.navigateTo('/list');
  recorder.stack.navigateTo('/detail');
  void recorder.happened;
  recorder.stack.navigateBack(99);
  assert.equal(recorder.happened, 'detail.onUnload detail! list.onUnload list! home.onShow home#show');
});

test('redirectTo replaces the page', () => {
  const recorder = launched();
  recorder.stack.navigateTo('/list');
  void recorder.happened;
  recorder.stack.redirectTo('/detail');
  assert.equal(recorder.happened, 'list.onUnload list! detail.onLoad detail.onShow detail#show detail.onReady');
  assert.equal(recorder.stack.instances.length, 2);
});

test('a tab page lives on while another tab is shown', () => {
  const recorder = launched();
  recorder.stack.switchTab('/mine');
  assert.equal(recorder.happened, 'home.onHide home#hide mine.onLoad mine.onShow mine#show mine.onReady');
  recorder.stack.switchTab('/home');
  assert.equal(recorder.happened, 'mine.onHide mine#hide home.onShow home#show');
  assert.equal(recorder.stack.instances.length, 1);
});

test('switchTab from above unloads what is not a tab', () => {
  const recorder = launched();
  recorder.stack.navigateTo('/detail');
  void recorder.happened;
  recorder.stack.switchTab('/mine');
  assert.match(recorder.happened, /^detail\.onUnload detail! mine\.onLoad mine\.onShow/);
});

test('reLaunch unloads everything, tabs too', () => {
  const recorder = launched();
  recorder.stack.switchTab('/mine');
  recorder.stack.navigateTo('/list');
  void recorder.happened;
  recorder.stack.reLaunch('/detail');
  assert.match(recorder.happened, /^list\.onUnload list! .*detail\.onLoad detail\.onShow detail#show detail\.onReady$/);
  assert.deepEqual(recorder.shown.at(-1), 'detail:1');
});

test('a page that moves on while it loads is not shown', () => {
  const recorder = launched();
  recorder.onLoad = (path) => {
    if (path === 'list') recorder.stack.redirectTo('/detail');
  };
  recorder.stack.navigateTo('/list');
  assert.doesNotMatch(recorder.happened, /list\.onShow/);
  assert.deepEqual(recorder.shown.at(-1), 'detail:2');
});

test('relative addresses are read from the page on top', () => {
  const recorder = launched();
  recorder.stack.navigateTo('/a/b/deep');
  recorder.stack.navigateTo('../c/next');
  assert.equal(recorder.stack.top?.path, 'a/c/next');
});

const REFUSED: [string, (stack: PageStack) => void, RegExp][] = [
  ['an unknown page', (stack) => stack.navigateTo('/nowhere'), /page "nowhere" is not found/],
  ['a tab by navigateTo', (stack) => stack.navigateTo('/mine'), /can not navigateTo a tabbar page/],
  ['a tab by redirectTo', (stack) => stack.redirectTo('/mine'), /can not redirectTo a tabbar page/],
  ['no tab by switchTab', (stack) => stack.switchTab('/list'), /can not switch to no-tabBar page/],
  ['back from the first page', (stack) => stack.navigateBack(1), /cannot navigate back at first page/],
];

for (const [name, move, message] of REFUSED) {
  test(`refused: ${name}; and nothing moves`, () => {
    const recorder = launched();
    assert.throws(() => move(recorder.stack), (thrown: Error) => thrown instanceof NavigationRefused && message.test(thrown.message));
    assert.equal(recorder.happened, '');
  });
}

test('the eleventh page is refused', () => {
  const recorder = launched();
  for (let depth = 1; depth < MAX_DEPTH; depth += 1) recorder.stack.navigateTo('/list');
  assert.throws(() => recorder.stack.navigateTo('/list'), /webview count limit exceed/);
  assert.equal(recorder.stack.instances.length, MAX_DEPTH);
});

test('a page and the page it opened have a channel; nobody opened the others', () => {
  const recorder = launched();
  const heard: unknown[] = [];
  const ours = recorder.stack.navigateTo('/detail', { chosen: (tea) => void heard.push(tea) });
  const theirs = recorder.openers.at(-1);
  assert.ok(theirs !== undefined);
  theirs.emit('chosen', 'oolong');
  theirs.on('given', (tea) => void heard.push(tea));
  ours.emit('given', 'green');
  assert.deepEqual(heard, ['oolong', 'green']);
  recorder.stack.redirectTo('/list');
  recorder.stack.switchTab('/mine');
  assert.deepEqual(recorder.openers.slice(-2), [undefined, undefined]);
});
