/** `WeixinJSBridge`, as pages and jweixin use it. */

import type { BridgeResult } from '../shared/web-protocol';

type Callback = (result: BridgeResult) => void;
type Args = Readonly<Record<string, unknown>>;

export interface Bridge {
  readonly object: Readonly<Record<'invoke' | 'call' | 'on' | 'log', (...args: never[]) => void>>;
  settle(id: number, result: BridgeResult): void;
}

export function makeBridge(send: (id: number, name: string, args: Args) => void): Bridge {
  const waiting = new Map<number, Callback>();
  let last_id = 0;
  const invoke = (name: string, args?: Args | Callback, callback?: Callback): void => {
    last_id += 1;
    const done = typeof args === 'function' ? args : callback;
    if (typeof done === 'function') waiting.set(last_id, done);
    // What cannot be copied, functions of jweixin for instance, WeChat does not get either.
    const given = typeof args === 'object' && args !== null ? args : {};
    send(last_id, name, JSON.parse(JSON.stringify(given)) as Args);
  };
  return {
    // The phone has no menus that would tell a page of sharing, so listeners are never called.
    object: { invoke, call: invoke, on: () => {}, log: () => {} },
    settle(id, result) {
      const callback = waiting.get(id);
      waiting.delete(id);
      callback?.(result);
    },
  };
}
