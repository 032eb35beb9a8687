/** Moving between pages, and what the navigation bar shows. */

import { NavigationRefused, type PageStack } from '../pages';
import { ApiFailure, api, expectType, type Options } from './async';

/** The bar is the host's; this is what the page on top wants it to show. */
export interface Bar {
  setTitle(title: string): void;
  setColor(text_style: 'white' | 'black', background: string): void;
  setLoading(loading: boolean): void;
}

export function navigation(pages: PageStack, bar: Bar, exit: () => void) {
  const move = (name: string, act: (options: Options) => object | void) =>
    api(name, (options) => {
      try {
        return act(options);
      } catch (thrown) {
        if (thrown instanceof NavigationRefused) throw new ApiFailure(thrown.message);
        throw thrown;
      }
    });
  const to = (name: string, act: (url: string, options: Options) => object | void) =>
    move(name, (options) => {
      expectType('url', options['url'], 'String');
      return act(String(options['url']), options);
    });
  return {
    navigateTo: to('navigateTo', (url, { events }) => {
      const listeners = (events ?? {}) as Record<string, (...args: unknown[]) => void>;
      return { eventChannel: pages.navigateTo(url, listeners) };
    }),
    redirectTo: to('redirectTo', (url) => pages.redirectTo(url)),
    reLaunch: to('reLaunch', (url) => pages.reLaunch(url)),
    switchTab: to('switchTab', (url) => pages.switchTab(url)),
    navigateBack: move('navigateBack', (options) => pages.navigateBack(Number(options['delta'] ?? 1))),
    exitMiniProgram: api('exitMiniProgram', exit),
    setNavigationBarTitle: api('setNavigationBarTitle', (options) => {
      expectType('title', options['title'], 'String');
      bar.setTitle(String(options['title']));
    }),
    setNavigationBarColor: api('setNavigationBarColor', (options) => {
      expectType('frontColor', options['frontColor'], 'String');
      expectType('backgroundColor', options['backgroundColor'], 'String');
      const isWhite = String(options['frontColor']).toLowerCase() === '#ffffff';
      bar.setColor(isWhite ? 'white' : 'black', String(options['backgroundColor']));
    }),
    showNavigationBarLoading: api('showNavigationBarLoading', () => bar.setLoading(true)),
    hideNavigationBarLoading: api('hideNavigationBarLoading', () => bar.setLoading(false)),
  };
}
