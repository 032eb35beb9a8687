/** The tab bar at the bottom of a program that has one. */

import type { TabBarConfig } from './bundle';

export class TabBar {
  private readonly nav = document.createElement('nav');
  private readonly buttons = new Map<string, HTMLButtonElement>();

  constructor(
    private readonly config: TabBarConfig,
    onTap: (path: string, index: number, text: string) => void,
  ) {
    this.nav.id = 'suanpan-tabs';
    this.nav.style.background = config.backgroundColor ?? '#ffffff';
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

  setText(index: number, text: string): void {
    const item = this.config.list[index];
    if (item !== undefined) item.text = text;
  }

  /** The bar stands only under its own pages. */
  show(path: string): void {
    this.nav.hidden = !this.has(path);
    for (const item of this.config.list) {
      const button = this.buttons.get(item.pagePath);
      if (button === undefined) continue;
      const selected = item.pagePath === path;
      const { color = '#666666', selectedColor = '#067a3e' } = this.config;
      button.style.color = selected ? selectedColor : color;
      if (selected) button.setAttribute('aria-current', 'page');
      else button.removeAttribute('aria-current');
      button.replaceChildren(...this.content(item, selected));
    }
  }

  private content(item: TabBarConfig['list'][number], selected: boolean): (Node | string)[] {
    const icon = selected ? (item.selectedIconPath ?? item.iconPath) : item.iconPath;
    if (icon === undefined) return [item.text];
    const image = document.createElement('img');
    image.src = `/${icon.replace(/^\//, '')}`;
    image.alt = '';
    return [image, item.text];
  }
}
