/** Things that move: scroll-view, swiper. */

import { WxElement } from './element';

export class ScrollView extends WxElement {
  static override readonly watched = ['scroll-x', 'scroll-y', 'scroll-top', 'scroll-left', 'scroll-into-view'];
  private atEdge = { upper: true, lower: false };

  constructor() {
    super();
    this.addEventListener('scroll', () => this.scrolled(), { passive: true });
  }

  protected override connected(): void {
    for (const name of ScrollView.watched) this.changed(name);
  }

  protected override changed(name: string): void {
    const behavior = this.flag('scroll-with-animation') ? 'smooth' : 'auto';
    switch (name) {
      case 'scroll-x':
      case 'scroll-y':
        this.toggleAttribute(`wx-${name}`, this.flag(name));
        break;
      case 'scroll-top':
        if (this.hasAttribute(name)) this.scrollTo({ top: this.number(name, 0), behavior });
        break;
      case 'scroll-left':
        if (this.hasAttribute(name)) this.scrollTo({ left: this.number(name, 0), behavior });
        break;
      case 'scroll-into-view': {
        this.neighbour(this.text(name))?.scrollIntoView({ behavior, block: 'start' });
        break;
      }
    }
  }

  private scrolled(): void {
    const { scrollTop, scrollLeft, scrollHeight, scrollWidth, clientHeight } = this;
    this.emit('scroll', { scrollTop, scrollLeft, scrollHeight, scrollWidth, deltaX: 0, deltaY: 0 });
    const upper = scrollTop <= this.number('upper-threshold', 50);
    const lower = scrollHeight - scrollTop - clientHeight <= this.number('lower-threshold', 50);
    if (upper && !this.atEdge.upper) this.emit('scrolltoupper', { direction: 'top' });
    if (lower && !this.atEdge.lower) this.emit('scrolltolower', { direction: 'bottom' });
    this.atEdge = { upper, lower };
  }
}

const AUTOPLAY_MS = 5000;

/** Slides one item at a time, by scroll snapping: fingers, wheels and keyboards work by themselves. */
export class Swiper extends WxElement {
  static override readonly watched = ['current', 'autoplay', 'interval', 'vertical', 'indicator-dots'];
  private readonly dots = document.createElement('div');
  private timer: ReturnType<typeof setInterval> | undefined;
  private shown = 0;

  constructor() {
    super();
    this.addEventListener('scroll', () => this.settle(), { passive: true });
    this.dots.className = 'suanpan-dots';
    this.dots.setAttribute('aria-hidden', 'true');
  }

  protected override connected(): void {
    this.tabIndex = 0;
    this.changed('autoplay');
    requestAnimationFrame(() => {
      this.changed('current');
      this.drawDots();
    });
  }

  protected override disconnected(): void {
    clearInterval(this.timer);
    this.dots.remove();
  }

  protected override changed(name: string): void {
    if (name === 'current') this.go(this.number('current', 0), 'auto');
    if (name === 'vertical') this.toggleAttribute('wx-vertical', this.flag('vertical'));
    if (name === 'indicator-dots') this.drawDots();
    if (name === 'autoplay' || name === 'interval') this.restart();
  }

  private get items(): HTMLElement[] {
    return [...this.children].filter((child): child is HTMLElement => child.localName === 'wx-swiper-item');
  }

  private restart(): void {
    clearInterval(this.timer);
    // Somebody who asked for less motion gets none that he did not start.
    if (!this.flag('autoplay') || matchMedia('(prefers-reduced-motion: reduce)').matches) return;
    this.timer = setInterval(() => {
      const next = this.shown + 1;
      this.go(next < this.items.length ? next : 0, 'smooth');
    }, this.number('interval', AUTOPLAY_MS));
  }

  private go(index: number, behavior: ScrollBehavior): void {
    const { clientWidth, clientHeight } = this;
    if (this.flag('vertical')) this.scrollTo({ top: index * clientHeight, behavior });
    else this.scrollTo({ left: index * clientWidth, behavior });
  }

  private settle(): void {
    const { scrollTop, scrollLeft, clientWidth, clientHeight } = this;
    const at = this.flag('vertical') ? scrollTop / clientHeight : scrollLeft / clientWidth;
    const current = Math.round(at);
    if (!Number.isFinite(current) || current === this.shown) return;
    this.shown = current;
    this.drawDots();
    this.emit('change', { current, currentItemId: '', source: 'touch' });
  }

  private drawDots(): void {
    if (!this.flag('indicator-dots') || !this.isConnected) return this.dots.remove();
    const dots = this.items.map((_, index) => {
      const dot = document.createElement('i');
      dot.toggleAttribute('wx-current', index === this.shown);
      return dot;
    });
    this.dots.replaceChildren(...dots);
    // Beside the swiper, not in it: inside it would scroll away.
    if (this.dots.parentNode === null) this.after(this.dots);
  }
}
