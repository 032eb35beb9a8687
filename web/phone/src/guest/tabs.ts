/** The tab bar at the bottom of a program that has one. */

import type { TabBarConfig } from './bundle';
import { DOT, type Tabs } from './wx/tabs';

type Item = TabBarConfig['list'][number];

export class TabBar implements Tabs {
  private readonly nav = document.createElement('nav');
  private readonly buttons = new Map<string, HTMLButtonElement>();
  /** A text, or a red dot. */
  private readonly badges = new Map<number, string>();
  private isHidden = false;
  private top = '';

  constructor(
    private readonly config: TabBarConfig,
    onTap: (path: string, index: number, text: string) => void,
  ) {
    this.nav.id = 'suanpan-tabs';
    config.list.forEach(({ pagePath, text }, index) => {
      const button = document.createElement('button');
      button.dataset['testid'] = `tab-${index}`;
      button.addEventListener('click', () => onTap(pagePath, index, text));
      this.buttons.set(pagePath, button);
      this.nav.append(button);
    });
    document.body.append(this.nav);
  }

  has(path: string): boolean {
    return this.buttons.has(path);
  }

  get length(): number {
    return this.config.list.length;
  }

  setItem(index: number, change: Partial<Item>): void {
    const item = this.config.list[index];
    if (item === undefined) return;
    Object.assign(item, change);
    this.show(this.top);
  }

  setStyle(style: Partial<TabBarConfig>): void {
    Object.assign(this.config, style);
    this.show(this.top);
  }

  setHidden(hidden: boolean): void {
    this.isHidden = hidden;
    this.show(this.top);
  }

  setBadge(index: number, badge: string | undefined): void {
    if (badge === undefined) this.badges.delete(index);
    else this.badges.set(index, badge);
    this.show(this.top);
  }

  /** The bar stands only under its own pages. */
  show(path: string): void {
    this.top = path;
    this.nav.hidden = this.isHidden || !this.has(path);
    this.nav.style.background = this.config.backgroundColor ?? '#ffffff';
    for (const [index, item] of this.config.list.entries()) {
      const button = this.buttons.get(item.pagePath);
      if (button === undefined) continue;
      const selected = item.pagePath === path;
      const { color = '#666666', selectedColor = '#067a3e' } = this.config;
      button.style.color = selected ? selectedColor : color;
      if (selected) button.setAttribute('aria-current', 'page');
      else button.removeAttribute('aria-current');
      button.replaceChildren(...this.content(item, selected), ...this.badge(index));
    }
  }

  private badge(index: number): Node[] {
    const text = this.badges.get(index);
    if (text === undefined) return [];
    const badge = document.createElement('b');
    // More than four characters do not fit, and WeChat shows that there are more.
    if (text !== DOT) badge.textContent = text.length > 4 ? '…' : text;
    return [badge];
  }

  private content(item: Item, selected: boolean): (Node | string)[] {
    const icon = selected ? (item.selectedIconPath ?? item.iconPath) : item.iconPath;
    if (icon === undefined) return [item.text];
    const image = document.createElement('img');
    image.src = `/${icon.replace(/^\//, '')}`;
    image.alt = '';
    return [image, item.text];
  }
}
