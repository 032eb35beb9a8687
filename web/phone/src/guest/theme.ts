/** `@name` values of a configuration, as `theme.json` means them in light or dark mode. */

import type { Theme } from './bundle';

/** A copy of `config` in which every text `@name` stands for its value; an unknown name stays as it is. */
export function themed<T>(config: T, theme: Theme, mode: 'light' | 'dark'): T {
  const values = theme[mode] ?? theme.light ?? {};
  const replaced = (value: unknown): unknown => {
    if (typeof value === 'string' && value.startsWith('@')) {
      const name = value.slice(1);
      return Object.hasOwn(values, name) ? values[name] : value;
    }
    if (Array.isArray(value)) return value.map(replaced);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, replaced(inner)]));
  };
  return replaced(config) as T;
}
