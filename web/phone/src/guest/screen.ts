/** Where pages are put on the screen. */

export interface PageFrame {
  /** What scrolls. */
  readonly scroller: HTMLElement;
  readonly placeholder: HTMLElement;
}

export class Screen {
  constructor(private readonly stack: HTMLElement) {}

  add(): PageFrame {
    const scroller = document.createElement('div');
    scroller.className = 'suanpan-page';
    const placeholder = document.createElement('span');
    scroller.append(placeholder);
    this.stack.append(scroller);
    return { scroller, placeholder };
  }

  /** Shows one page; the others keep their scroll position. */
  show(visible: PageFrame): void {
    for (const child of this.stack.children) {
      (child as HTMLElement).hidden = child !== visible.scroller;
    }
  }

  remove(frame: PageFrame): void {
    frame.scroller.remove();
  }
}
