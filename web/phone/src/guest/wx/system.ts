/** What a program can learn of the phone it runs on. */

import type { Launch } from '../../shared/protocol';
import { api } from './async';

/** A base library new enough for what is implemented here. */
const SDK_VERSION = '3.8.0';
const WECHAT_VERSION = '8.0.50';
const NAVIGATION_BAR_PX = 44;

export interface Measures {
  width(): number;
  height(): number;
  pixelRatio(): number;
  isDark(): boolean;
}

export function system(launch: Launch, measures: Measures) {
  let language = launch.language;
  const getWindowInfo = () => {
    const width = measures.width();
    const height = measures.height();
    const top = launch.status_bar_height + NAVIGATION_BAR_PX;
    return {
      pixelRatio: measures.pixelRatio(),
      screenWidth: width,
      screenHeight: height + top,
      windowWidth: width,
      windowHeight: height,
      statusBarHeight: launch.status_bar_height,
      safeArea: {
        left: 0,
        right: width,
        top: launch.status_bar_height,
        bottom: height + top,
        width,
        height: height + NAVIGATION_BAR_PX,
      },
      screenTop: top,
    };
  };
  const getDeviceInfo = () => ({
    abi: '',
    benchmarkLevel: -1,
    brand: 'devtools',
    model: 'Suanpan simulator',
    platform: 'devtools',
    system: 'Simulator 1.0',
    memorySize: '4096',
  });
  const getAppBaseInfo = () => ({
    SDKVersion: SDK_VERSION,
    version: WECHAT_VERSION,
    enableDebug: false,
    host: { env: 'WeChat', appId: '', version: 0 },
    language,
    theme: measures.isDark() ? 'dark' : 'light',
    fontSizeScaleFactor: 1,
    fontSizeSetting: 16,
  });
  const getSystemSetting = () => ({
    bluetoothEnabled: false,
    locationEnabled: false,
    wifiEnabled: true,
    deviceOrientation: 'portrait',
  });
  const getSystemInfoSync = () => ({
    ...getDeviceInfo(),
    ...getWindowInfo(),
    ...getAppBaseInfo(),
    ...getSystemSetting(),
  });
  const functions = {
    getWindowInfo,
    getDeviceInfo,
    getAppBaseInfo,
    getSystemSetting,
    getSystemInfoSync,
    getSystemInfo: api('getSystemInfo', getSystemInfoSync),
    getSystemInfoAsync: api('getSystemInfoAsync', getSystemInfoSync),
    getNetworkType: api('getNetworkType', () => ({ networkType: 'wifi', isConnected: true })),
    getMenuButtonBoundingClientRect: () => {
      const right = measures.width() - 7;
      const top = launch.status_bar_height + 6;
      return { width: 87, height: 32, left: right - 87, right, top, bottom: top + 32 };
    },
  };
  return {
    functions,
    setLanguage: (next: Launch['language']) => {
      language = next;
    },
  };
}
