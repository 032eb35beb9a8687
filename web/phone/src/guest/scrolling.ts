/** Scrolling of a page: its events, the bottom, and pulling down to refresh. */

import type { WindowConfig } from './bundle';
import type { Page } from './pages';

const PULL_PX = 70;

export function watchScrolling(page: Page, scroller: HTMLElement, config: WindowConfig, pull: () => void): void {
  let wasAtBottom = false;
  scroller.addEventListener(
    'scroll',
    () => {
      page.call('onPageScroll', { scrollTop: scroller.scrollTop });
      const left = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
      const isAtBottom = left <= (config.onReachBottomDistance ?? 50);
      if (isAtBottom && !wasAtBottom) page.call('onReachBottom');
      wasAtBottom = isAtBottom;
    },
    { passive: true },
  );
  if (config.enablePullDownRefresh !== true) return;
  let from: number | undefined;
  scroller.addEventListener('pointerdown', ({ clientY }) => {
    from = scroller.scrollTop <= 0 ? clientY : undefined;
  });
  scroller.addEventListener('pointerup', ({ clientY }) => {
    if (from !== undefined && clientY - from > PULL_PX && scroller.scrollTop <= 0) pull();
    from = undefined;
  });
  scroller.addEventListener('wheel', ({ deltaY }) => {
    if (scroller.scrollTop <= 0 && deltaY < -2 * PULL_PX) pull();
  });
}
