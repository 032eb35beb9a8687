/** `wx.setTabBarItem` and its family; how the bar looks is its own business. */

import { ApiFailure, api, expectType, type Options } from './async';

/** A badge without a text. */
export const DOT = '';

export interface Tabs {
  readonly length: number;
  setItem(index: number, change: { text?: string; iconPath?: string; selectedIconPath?: string }): void;
  setStyle(style: { color?: string; selectedColor?: string; backgroundColor?: string }): void;
  setHidden(hidden: boolean): void;
  setBadge(index: number, badge: string | undefined): void;
}

/** `tabs` is undefined for a program without a tab bar. */
export function tabBar(tabs: () => Tabs | undefined) {
  const bar = (): Tabs => {
    const known = tabs();
    if (known === undefined) throw new ApiFailure('not TabBar page');
    return known;
  };
  const at = (name: string, act: (bar: Tabs, index: number, options: Options) => void): ReturnType<typeof api> =>
    api(name, (options) => {
      expectType('index', options['index'], 'Number');
      const index = Number(options['index']);
      // The words are unconfirmed.
      if (index >= bar().length) throw new ApiFailure('tabbar item not found');
      act(bar(), index, options);
    });
  return {
    setTabBarItem: at('setTabBarItem', (known, index, options) =>
      known.setItem(index, texts(options, 'text', 'iconPath', 'selectedIconPath')),
    ),
    setTabBarStyle: api('setTabBarStyle', (options) =>
      bar().setStyle(texts(options, 'color', 'selectedColor', 'backgroundColor')),
    ),
    hideTabBar: api('hideTabBar', () => bar().setHidden(true)),
    showTabBar: api('showTabBar', () => bar().setHidden(false)),
    setTabBarBadge: at('setTabBarBadge', (known, index, { text }) => {
      expectType('text', text, 'String');
      known.setBadge(index, String(text));
    }),
    removeTabBarBadge: at('removeTabBarBadge', (known, index) => known.setBadge(index, undefined)),
    showTabBarRedDot: at('showTabBarRedDot', (known, index) => known.setBadge(index, DOT)),
    hideTabBarRedDot: at('hideTabBarRedDot', (known, index) => known.setBadge(index, undefined)),
  };
}

function texts(options: Options, ...names: string[]): Record<string, string> {
  const given = names.filter((name) => options[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, String(options[name])]));
}
