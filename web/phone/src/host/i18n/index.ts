/** The words of the host page, in two languages. */

import { en } from './en';
import { zh } from './zh';

export type Key = keyof typeof zh;
export type Language = 'zh' | 'en';
export const DICTIONARIES: Record<Language, Record<Key, string>> = { zh, en };

const STORAGE_KEY = 'suanpan.language';

export class Words {
  private readonly listeners = new Set<() => void>();

  constructor(
    private current: Language,
    private readonly remember: (language: Language) => void = () => {},
  ) {}

  get language(): Language {
    return this.current;
  }

  t(key: Key, values: Record<string, string | number> = {}): string {
    return DICTIONARIES[this.current][key].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''));
  }

  /** WeChat's word for a state, with ours before it; a state unknown to us stands alone. */
  state(code: string): string {
    return this.withCode('state', code);
  }

  /** A fault's name, with our word before it. */
  trouble(name: string): string {
    return this.withCode('trouble', name);
  }

  private withCode(family: 'state' | 'trouble', code: string): string {
    const word = this.coded(family, code);
    return word === code ? code : `${word} ${code}`;
  }

  /** Our word for a code of a family; a code that has none stands for itself. */
  coded(family: 'state' | 'kind' | 'place' | 'planned' | 'trouble', code: string): string {
    const key = `${family}_${code}`;
    return key in DICTIONARIES[this.current] ? this.t(key as Key) : code;
  }

  toggle(): void {
    this.current = this.current === 'zh' ? 'en' : 'zh';
    this.remember(this.current);
    for (const listener of this.listeners) listener();
  }

  onChange(listener: () => void): void {
    this.listeners.add(listener);
  }
}

/** The language of last time, of `?lang=`, or of the browser; Chinese unless something says English. */
export function wordsOf(window: Window): Words {
  const asked = new URLSearchParams(window.location.search).get('lang');
  const stored = window.localStorage.getItem(STORAGE_KEY);
  const language = asked ?? stored ?? window.navigator.language;
  return new Words(language.startsWith('en') ? 'en' : 'zh', (chosen) => {
    window.localStorage.setItem(STORAGE_KEY, chosen);
  });
}
