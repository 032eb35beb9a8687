/** What the navigation bar should show for the page on top; the bar itself is drawn by the host. */

import type { NavigationBar } from '../shared/protocol';
import type { WindowConfig } from './bundle';
import type { Page } from './pages';
import type { Bar } from './wx/navigation';

interface Change {
  title?: string;
  background?: string;
  text_style?: 'white' | 'black';
  loading?: boolean;
}

export class GuestBar implements Bar {
  /** What pages changed with `wx.setNavigationBar…`; it lasts as long as the page. */
  private readonly changes = new WeakMap<Page, Change>();
  private top: { page: Page; depth: number } | undefined;

  constructor(
    private readonly configOf: (path: string) => WindowConfig,
    private readonly tell: (bar: NavigationBar) => void,
  ) {}

  show(page: Page, depth: number): void {
    this.top = { page, depth };
    this.send();
  }

  setTitle(title: string): void {
    this.change({ title });
  }

  setColor(text_style: 'white' | 'black', background: string): void {
    this.change({ text_style, background });
  }

  setLoading(loading: boolean): void {
    this.change({ loading });
  }

  private change(change: Change): void {
    if (this.top === undefined) return;
    this.changes.set(this.top.page, { ...this.changes.get(this.top.page), ...change });
    this.send();
  }

  private send(): void {
    if (this.top === undefined) return;
    const { page, depth } = this.top;
    const config = this.configOf(page.path);
    const change = this.changes.get(page);
    this.tell({
      title: change?.title ?? config.navigationBarTitleText ?? '',
      background: change?.background ?? config.navigationBarBackgroundColor ?? '#000000',
      text_style: change?.text_style ?? config.navigationBarTextStyle ?? 'white',
      loading: change?.loading ?? false,
      can_go_back: depth > 1,
      route: page.path,
    });
  }
}
