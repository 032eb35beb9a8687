/** `require` as WeChat has it: CommonJS, paths within the program, `miniprogram_npm` searched upwards. */

import type { ModuleFunction } from './bundle';

/** Resolves `target` as written in the file `from`; `undefined` when it would leave the program. */
export function resolvePath(from: string, target: string): string | undefined {
  const parts = target.startsWith('/') ? [] : from.split('/').slice(0, -1);
  for (const part of target.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join('/');
}

/** Where a module may be, best place first. */
export function candidates(from: string, target: string): string[] {
  const bare = target.replace(/\.js$/, '');
  const direct = resolvePath(from, bare);
  const places = direct === undefined ? [] : [direct];
  if (!/^[./]/.test(bare)) {
    const folders = from.split('/').slice(0, -1);
    for (let depth = folders.length; depth >= 0; depth -= 1) {
      places.push([...folders.slice(0, depth), 'miniprogram_npm', bare].join('/'));
    }
  }
  return places.flatMap((place) => [place, `${place}/index`]);
}

/** What a file finds around it. */
export type Globals = (path: string) => readonly unknown[];

export class Modules {
  private readonly loaded = new Map<string, { exports: unknown }>();

  constructor(
    private readonly files: Readonly<Record<string, ModuleFunction>>,
    private readonly globals: Globals,
  ) {}

  has(path: string): boolean {
    return Object.hasOwn(this.files, path);
  }

  /** Runs a file once; whoever asks again, or in a circle, gets what it has exported so far. */
  load(path: string): unknown {
    const known = this.loaded.get(path);
    if (known !== undefined) return known.exports;
    const file = this.has(path) ? this.files[path] : undefined;
    if (file === undefined) throw new Error(`module '${path}.js' is not defined`);
    const module = { exports: {} as unknown };
    this.loaded.set(path, module);
    try {
      const require = (target: string): unknown => this.require(path, target);
      file(...this.globals(path)).call(module.exports, require, module, module.exports);
    } catch (thrown) {
      // A file that threw is as good as not loaded: the next `require` shall throw again, not get half of it.
      this.loaded.delete(path);
      throw thrown;
    }
    return module.exports;
  }

  private require(from: string, target: string): unknown {
    if (typeof target !== 'string') throw new Error('require args must be a string');
    const path = candidates(from, target).find((place) => this.has(place));
    if (path === undefined) {
      throw new Error(`module '${target}' is not defined, require args is '${target}' in '${from}.js'`);
    }
    return this.load(path);
  }
}
