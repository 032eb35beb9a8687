/** Elements without behaviour of their own beyond looks: view, text, icon, progress, rich parts. */

import { WxElement, watchHover } from './element';

export class View extends WxElement {
  constructor() {
    super();
    watchHover(this, () => this.text('hover-class', 'none'));
  }
}

/** `<text>` keeps line breaks; `decode` and `space` are the compiler's business on a phone and rare. */
export class Text extends WxElement {
  static override readonly watched = ['user-select', 'selectable'];

  protected override changed(): void {
    const selectable = this.flag('user-select') || this.flag('selectable');
    this.style.userSelect = selectable ? 'text' : '';
  }
}

const ICONS: Record<string, { color: string; path: string }> = {
  success: { color: '#09bb07', path: 'M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zm-1.4 14.4-4-4 1.4-1.5 2.6 2.6 5.6-5.6 1.4 1.4z' },
  success_no_circle: { color: '#09bb07', path: 'M9.2 18.6 3 12.4 4.6 10.8l4.6 4.6L19.4 5.2 21 6.8z' },
  info: { color: '#10aeff', path: 'M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zm1.1 15h-2.2v-6.6h2.2zm0-8.4h-2.2V6.4h2.2z' },
  warn: { color: '#f76260', path: 'M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zm1.1 15.2h-2.2V15h2.2zm0-4h-2.2V6.8h2.2z' },
  waiting: { color: '#10aeff', path: 'M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zm4.6 12.2L11 13V6.4h1.8v5.2l4.2.8z' },
  cancel: { color: '#f43530', path: 'M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zm4.6 13.2-1.4 1.4L12 13.4l-3.2 3.2-1.4-1.4 3.2-3.2-3.2-3.2 1.4-1.4 3.2 3.2 3.2-3.2 1.4 1.4-3.2 3.2z' },
  clear: { color: '#b2b2b2', path: 'M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zm4.6 13.2-1.4 1.4L12 13.4l-3.2 3.2-1.4-1.4 3.2-3.2-3.2-3.2 1.4-1.4 3.2 3.2 3.2-3.2 1.4 1.4-3.2 3.2z' },
  search: { color: '#b2b2b2', path: 'M10 3a7 7 0 1 0 4.2 12.6l5 5 1.4-1.4-5-5A7 7 0 0 0 10 3zm0 2a5 5 0 1 1 0 10 5 5 0 0 1 0-10z' },
  download: { color: '#09bb07', path: 'M11 3h2v9l3.5-3.5 1.4 1.4L12 15.8 6.1 9.9l1.4-1.4L11 12zM4 19h16v2H4z' },
};

const SVG = 'http://www.w3.org/2000/svg';

export class Icon extends WxElement {
  static override readonly watched = ['type', 'size', 'color'];

  protected override connected(): void {
    this.changed();
  }

  protected override changed(): void {
    const icon = ICONS[this.text('type')];
    this.replaceChildren();
    if (icon === undefined) return;
    const size = this.text('size', '23');
    const svg = document.createElementNS(SVG, 'svg');
    svg.setAttribute('viewBox', '0 0 24 24');
    svg.setAttribute('aria-hidden', 'true');
    svg.style.width = svg.style.height = /^\d+(\.\d+)?$/.test(size) ? `${size}px` : size;
    svg.style.fill = this.text('color') || icon.color;
    const path = document.createElementNS(SVG, 'path');
    path.setAttribute('d', icon.path);
    svg.append(path);
    this.append(svg);
  }
}

export class Progress extends WxElement {
  static override readonly watched = ['percent', 'show-info', 'stroke-width', 'activeColor', 'backgroundColor'];
  private readonly track = document.createElement('div');
  private readonly bar = document.createElement('div');
  private readonly info = document.createElement('span');

  protected override connected(): void {
    this.setAttribute('role', 'progressbar');
    this.track.className = 'suanpan-track';
    this.track.append(this.bar);
    this.replaceChildren(this.track, this.info);
    this.changed();
  }

  protected override changed(): void {
    const percent = Math.min(100, Math.max(0, this.number('percent', 0)));
    this.setAttribute('aria-valuenow', String(percent));
    this.bar.style.width = `${percent}%`;
    this.bar.style.background = this.text('activeColor') || '#09bb07';
    this.track.style.background = this.text('backgroundColor') || '#ebebeb';
    this.track.style.height = `${this.number('stroke-width', 6)}px`;
    this.info.textContent = this.flag('show-info') ? `${percent}%` : '';
  }
}

/** A page of the web inside a program. The simulator has none to show: it says so. */
export class WebView extends WxElement {
  static override readonly watched = ['src'];

  protected override connected(): void {
    this.changed();
  }

  protected override changed(): void {
    this.textContent = `web-view: not supported by simulator (${this.text('src')})`;
  }
}
