/** Where pages are put on the screen. */

export interface PageFrame {
  /** What scrolls. */
  readonly scroller: HTMLElement;
  readonly placeholder: HTMLElement;
  readonly styles: readonly HTMLStyleElement[];
}

export class Screen {
  private readonly frames = new Set<PageFrame>();

  constructor(private readonly stack: HTMLElement) {}

  add(styles: readonly HTMLStyleElement[]): PageFrame {
    const scroller = document.createElement('div');
    scroller.className = 'suanpan-page';
    const placeholder = document.createElement('span');
    scroller.append(placeholder);
    this.stack.append(scroller);
    const frame = { scroller, placeholder, styles };
    this.frames.add(frame);
    return frame;
  }

  /** Shows one page, in its own styles only; the others keep their scroll position. */
  show(visible: PageFrame): void {
    for (const frame of this.frames) {
      const isShown = frame === visible;
      frame.scroller.hidden = !isShown;
      for (const style of frame.styles) style.media = isShown ? 'all' : 'not all';
    }
  }

  remove(frame: PageFrame): void {
    this.frames.delete(frame);
    frame.scroller.remove();
    for (const style of frame.styles) style.remove();
  }
}
