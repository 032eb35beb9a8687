/** What a finger does and a browser does not tell: a long press, and, where the finger is a mouse, its touches. */

import { press } from './events';
import { fireOn } from './glass';

const LONG_PRESS_MS = 350;
/** A finger trembles; the framework allows a tap the same. */
const TREMBLE_PX = 10;

export function watchGestures(root: HTMLElement): void {
  let from: PointerEvent | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = (): void => clearTimeout(timer);
  const touch = (type: string, event: PointerEvent): void => {
    // A real touch reaches the program by itself.
    if (event.pointerType === 'mouse' && from !== undefined) fireOn(from.target, type, {}, event);
  };
  const end = (type: string) => (event: PointerEvent) => {
    stop();
    touch(type, event);
    from = undefined;
  };
  const passive = { capture: true, passive: true };
  root.addEventListener(
    'pointerdown',
    (event) => {
      if (!event.isPrimary || event.button !== 0) return;
      from = event;
      press.isTaken = false;
      touch('touchstart', event);
      const { clientX: x, clientY: y } = event;
      timer = setTimeout(() => fireOn(event.target, 'longpress', { x, y }, event), LONG_PRESS_MS);
    },
    passive,
  );
  root.addEventListener(
    'pointermove',
    (event) => {
      if (from === undefined || !event.isPrimary) return;
      if (Math.hypot(event.clientX - from.clientX, event.clientY - from.clientY) > TREMBLE_PX) stop();
      touch('touchmove', event);
    },
    passive,
  );
  root.addEventListener('pointerup', end('touchend'), passive);
  root.addEventListener('pointercancel', end('touchcancel'), passive);
}
