/** `wx.setStorage` and its family: per program and user, typed values, 1 MB a key and 10 MB in all. */

import { ApiFailure, api, expectType } from './async';

const MAX_KEY_BYTES = 1024 * 1024;
const MAX_TOTAL_BYTES = 10 * 1024 * 1024;

/** `persist` keeps an entry beyond this run; null takes it away. */
export function storage(
  stored: Readonly<Record<string, string>>,
  persist: (key: string, value: string | null) => void,
) {
  const area = new Map(Object.entries(stored));
  const keys = (): string[] => [...area.keys()];
  const size = (): number => [...area.values()].reduce((sum, text) => sum + text.length, 0);

  const read = (key: string): unknown => {
    const text = area.get(key);
    // A missing key reads as the empty string, without an error, in the Sync variant.
    return text === undefined ? '' : revive(JSON.parse(text) as Boxed);
  };
  const write = (key: string, value: unknown): void => {
    const text = JSON.stringify(box(value));
    if (text.length > MAX_KEY_BYTES) throw new ApiFailure('entry size limit reached');
    const before = area.get(key)?.length ?? 0;
    if (size() - before + text.length > MAX_TOTAL_BYTES) throw new ApiFailure('exceed storage max size 10Mb');
    area.set(key, text);
    persist(key, text);
  };
  const remove = (key: string): void => {
    if (area.delete(key)) persist(key, null);
  };
  const clear = (): void => keys().forEach(remove);
  const info = () => ({ keys: keys(), currentSize: Math.ceil(size() / 1024), limitSize: MAX_TOTAL_BYTES / 1024 });

  const key = (options: Record<string, unknown>): string => {
    expectType('key', options['key'], 'String');
    return String(options['key']);
  };
  return {
    setStorageSync: (name: string, value: unknown) => sync('setStorageSync', () => write(name, value)),
    getStorageSync: (name: string) => sync('getStorageSync', () => read(name)),
    removeStorageSync: (name: string) => sync('removeStorageSync', () => remove(name)),
    clearStorageSync: () => clear(),
    getStorageInfoSync: info,
    setStorage: api('setStorage', (options) => write(key(options), options['data'])),
    getStorage: api('getStorage', (options) => {
      const name = key(options);
      if (!area.has(name)) throw new ApiFailure('data not found');
      return { data: read(name) };
    }),
    removeStorage: api('removeStorage', (options) => remove(key(options))),
    clearStorage: api('clearStorage', clear),
    getStorageInfo: api('getStorageInfo', info),
  };
}

/** Dates keep their type in WeChat's storage, and a stored `undefined` is told from a missing key. */
type Boxed = { v?: unknown; date?: number };

function box(value: unknown): Boxed {
  if (value instanceof Date) return { date: value.getTime() };
  return value === undefined ? {} : { v: value };
}

function revive(boxed: Boxed): unknown {
  return boxed.date === undefined ? boxed.v : new Date(boxed.date);
}

/** The Sync variants throw what the others put into `errMsg`. */
function sync<T>(name: string, act: () => T): T {
  try {
    return act();
  } catch (thrown) {
    throw new Error(`${name}:fail ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
}
