/** Goal: `wx.setTabBar…` reaches the bar, and refuses what WeChat refuses. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Result } from '../src/guest/wx/async';
import { DOT, tabBar, type Tabs } from '../src/guest/wx/tabs';

function bar() {
  const told: unknown[] = [];
  const tabs: Tabs = {
    length: 2,
    setItem: (index, change) => void told.push(['item', index, change]),
    setStyle: (style) => void told.push(['style', style]),
    setHidden: (hidden) => void told.push(['hidden', hidden]),
    setBadge: (index, badge) => void told.push(['badge', index, badge]),
  };
  return { told, wx: tabBar(() => tabs) };
}

const failure = async (call: Promise<Result> | undefined): Promise<string> => {
  const rejected = await (call as Promise<Result>).then(() => assert.fail('it was granted'), (result: Result) => result);
  return rejected.errMsg;
};

test('what is set reaches the bar, and nothing else does', async () => {
  const { told, wx } = bar();
  await wx.setTabBarItem({ index: 1, text: '订单', colour: 'red' });
  await wx.setTabBarStyle({ selectedColor: '#ff0000' });
  await wx.hideTabBar();
  await wx.showTabBar();
  await wx.setTabBarBadge({ index: 0, text: '3' });
  await wx.removeTabBarBadge({ index: 0 });
  await wx.showTabBarRedDot({ index: 1 });
  assert.deepEqual(told, [
    ['item', 1, { text: '订单' }],
    ['style', { selectedColor: '#ff0000' }],
    ['hidden', true],
    ['hidden', false],
    ['badge', 0, '3'],
    ['badge', 0, undefined],
    ['badge', 1, DOT],
  ]);
});

test('a wrong index, a wrong type and a program without a bar are refused', async () => {
  const { told, wx } = bar();
  assert.match(await failure(wx.setTabBarBadge({ index: 2, text: 'x' })), /^setTabBarBadge:fail /);
  assert.match(await failure(wx.setTabBarBadge({ index: '0', text: 'x' })), /index should be Number instead of String/);
  assert.match(await failure(wx.setTabBarBadge({ index: 0, text: 3 })), /text should be String instead of Number/);
  assert.deepEqual(told, []);
  assert.equal(await failure(tabBar(() => undefined).hideTabBar()), 'hideTabBar:fail not TabBar page');
});
