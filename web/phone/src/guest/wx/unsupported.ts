/**
 * What WeChat has and the simulator has not: it fails aloud, and never pretends. What WeChat has not
 * either stays undefined, so that feature checks mean what they say.
 */

import { ApiFailure, api } from './async';

export const DETAIL = 'not supported by simulator';

/** `wx` as a program sees it: ours first, then the failing rest; extensible, as uni-app expects. */
export function withUnsupported(
  implemented: Record<string, unknown>,
  names: readonly string[],
  report: (name: string) => void,
): Record<string, unknown> {
  const known = new Set(names);
  return new Proxy(implemented, {
    get(target, name) {
      if (typeof name !== 'string' || name in target || !known.has(name)) {
        return Reflect.get(target, name) as unknown;
      }
      target[name] = failing(name, report);
      return target[name];
    },
    has: (target, name) => name in target || (typeof name === 'string' && known.has(name)),
  });
}

function failing(name: string, report: (name: string) => void): (...args: unknown[]) => unknown {
  // Registering for an event that never happens is harmless; there is no way to fail it either.
  if (/^(on|off)[A-Z]/.test(name)) return () => report(name);
  if (/^(create|get.*Manager$)/.test(name) || name.endsWith('Sync')) {
    return () => {
      report(name);
      throw new Error(`${name}:fail ${DETAIL}`);
    };
  }
  const call = api(name, () => {
    throw new ApiFailure(DETAIL);
  });
  return (options) => {
    report(name);
    return call(options as Parameters<typeof call>[0]);
  };
}
