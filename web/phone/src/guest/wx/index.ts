/** Puts `wx` together. */

import { WX_API_NAMES } from 'wx-api-names';
import type { Launch } from '../../shared/protocol';
import type { Bridge } from '../bridge';
import type { PageStack } from '../pages';
import { account } from './account';
import { api } from './async';
import { base64ToBytes, bytesToBase64 } from './bytes';
import { feedback, type Overlay } from './feedback';
import { AppEvents } from './lifecycle';
import { navigation, type Bar } from './navigation';
import { Requests } from './request';
import { storage } from './storage';
import { system, type Measures } from './system';
import { tabBar, type Tabs } from './tabs';
import { withUnsupported } from './unsupported';

export interface Surroundings {
  readonly bridge: Bridge;
  readonly launch: Launch;
  readonly pages: PageStack;
  readonly bar: Bar;
  readonly overlay: Overlay;
  readonly measures: Measures;
  readonly words: () => { cancel: string; confirm: string; copied: string };
  readonly selectorQuery: () => unknown;
  readonly pullDown: { start(): void; stop(): void };
  readonly tabs: () => Tabs | undefined;
  readonly scrollTo: (top: number, duration_ms: number) => void;
}

export interface Wx {
  readonly wx: Record<string, unknown>;
  readonly events: AppEvents;
  readonly setLanguage: (language: Launch['language']) => void;
}

export function createWx(around: Surroundings): Wx {
  const { bridge, launch, pages, bar, overlay, measures, words } = around;
  const events = new AppEvents();
  const phone = system(launch, measures);
  const enter = { path: launch.path, query: launch.query, scene: 1001, referrerInfo: {}, apiCategory: 'default' };
  let clipboard = '';
  const dialogs = feedback(overlay, words);
  const implemented: Record<string, unknown> = {
    ...account(bridge, launch),
    ...navigation(pages, bar, () => bridge.tell({ kind: 'exit' })),
    ...storage(launch.stored, (key, value) => bridge.tell({ kind: 'storage', key, value })),
    ...phone.functions,
    ...dialogs,
    ...tabBar(around.tabs),
    ...events.functions('AppShow', 'AppHide', 'Error', 'UnhandledRejection', 'PageNotFound', 'ThemeChange', 'WindowResize'),
    request: new Requests(bridge).request,
    getLaunchOptionsSync: () => structuredClone(enter),
    getEnterOptionsSync: () => structuredClone(enter),
    createSelectorQuery: around.selectorQuery,
    nextTick: (callback: () => void) => queueMicrotask(callback),
    base64ToArrayBuffer: (text: string) => base64ToBytes(text).buffer,
    arrayBufferToBase64: (buffer: ArrayBuffer) => bytesToBase64(new Uint8Array(buffer)),
    startPullDownRefresh: api('startPullDownRefresh', () => around.pullDown.start()),
    stopPullDownRefresh: api('stopPullDownRefresh', () => around.pullDown.stop()),
    pageScrollTo: api('pageScrollTo', ({ scrollTop = 0, duration = 300 }) => {
      around.scrollTo(Number(scrollTop), Number(duration));
    }),
    setClipboardData: api('setClipboardData', async ({ data }) => {
      clipboard = String(data);
      await bridge.call('setClipboard', { text: clipboard }).result;
      void dialogs.showToast({ title: words().copied, icon: 'none' });
    }),
    getClipboardData: api('getClipboardData', () => ({ data: clipboard })),
    // A hint. What it names lies on this machine already, or elsewhere, where the simulator does not go.
    preloadAssets: api('preloadAssets', () => {}),
    vibrateShort: api('vibrateShort', () => {}),
    vibrateLong: api('vibrateLong', () => {}),
    setKeepScreenOn: api('setKeepScreenOn', () => {}),
    reportEvent: () => {},
    // The program on the phone is the newest there is: whoever listens for another version never hears of one.
    getUpdateManager: () => ({
      onCheckForUpdate: (callback: (result: object) => void) => queueMicrotask(() => callback({ hasUpdate: false })),
      onUpdateReady: () => {},
      onUpdateFailed: () => {},
      applyUpdate: () => {},
    }),
    env: { USER_DATA_PATH: 'http://usr' },
  };
  implemented['canIUse'] = (schema: string) => Object.hasOwn(implemented, schema.split('.')[0] ?? '');
  const wx = withUnsupported(implemented, WX_API_NAMES, (name) => {
    console.warn(`wx.${name} is not supported by the simulator`);
    bridge.tell({ kind: 'unsupported', api: name });
  });
  return { wx, events, setLanguage: phone.setLanguage };
}
