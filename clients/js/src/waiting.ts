/** Waiting on the injected clock, and only while somebody looks. */

import type { Clock, Visibility } from './ports';

/** Ends after `delay_ms`, or earlier when the page comes back into view: that is when people look. */
export function pause(clock: Clock, delay_ms: number, visibility?: Visibility): Promise<void> {
  if (delay_ms === 0) return Promise.resolve();
  return new Promise((resolve) => {
    let stopWatching = (): void => {};
    const end = (): void => {
      stopWatching();
      cancel();
      resolve();
    };
    const cancel = clock.after(delay_ms, end);
    if (visibility === undefined) return;
    let wasHidden = !visibility.visible();
    stopWatching = visibility.onChange(() => {
      if (!visibility.visible()) wasHidden = true;
      else if (wasHidden) end();
    });
  });
}

/** Ends at once when the page is visible, otherwise when it becomes so. */
export function untilVisible(visibility?: Visibility): Promise<void> {
  if (visibility === undefined || visibility.visible()) return Promise.resolve();
  return new Promise((resolve) => {
    const stopWatching = visibility.onChange(() => {
      if (!visibility.visible()) return;
      stopWatching();
      resolve();
    });
  });
}
