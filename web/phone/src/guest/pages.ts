/**
 * The page stack: which pages live, in which order their life-cycle functions run, and what WeChat says
 * when a move is impossible. Knows nothing of the screen; a `PageFactory` makes the pages.
 */

import { EventChannel } from './channel';
import { parsePageUrl, type PageUrl } from './urls';

export interface Page {
  readonly path: string;
  /** What `getCurrentPages()` shows. */
  readonly instance: unknown;
  /** Calls a method the page may or may not have. */
  call(method: string, ...args: unknown[]): unknown;
  /** Runs `pageLifetimes` of every component in it. */
  lifetime(name: 'show' | 'hide'): void;
  show(): void;
  destroy(): void;
}

export interface PageFactory {
  /** `opener` is the new page's end of the line to the page that opened it, if one did. */
  create(url: PageUrl, opener?: EventChannel): Page;
  /** Calls back once the page has been drawn. */
  afterRender(callback: () => void): void;
}

/** What the text after `<api>:fail ` says. */
export class NavigationRefused extends Error {}

/** WeChat's own limit. */
export const MAX_DEPTH = 10;

export class PageStack {
  private stack: Page[] = [];
  /** Tab pages stay alive once they were opened. */
  private readonly tabs = new Map<string, Page>();

  constructor(
    private readonly factory: PageFactory,
    private readonly pages: readonly string[],
    private readonly tabPaths: ReadonlySet<string>,
    private readonly onChange: (top: Page, depth: number) => void,
  ) {}

  get instances(): unknown[] {
    return this.stack.map(({ instance }) => instance);
  }

  get top(): Page | undefined {
    return this.stack.at(-1);
  }

  /** Gives back the opening page's end of the line between the two. */
  navigateTo(url: string, listeners: Readonly<Record<string, (...args: unknown[]) => void>> = {}): EventChannel {
    const target = this.target(url);
    if (this.tabPaths.has(target.path)) throw new NavigationRefused('can not navigateTo a tabbar page');
    if (this.stack.length >= MAX_DEPTH) {
      throw new NavigationRefused(`webview count limit exceed: at most ${MAX_DEPTH} pages`);
    }
    const [ours, theirs] = EventChannel.pair();
    for (const [event, listener] of Object.entries(listeners)) ours.on(event, listener);
    this.hideTop();
    this.enter(target, theirs);
    return ours;
  }

  redirectTo(url: string): void {
    const target = this.target(url);
    if (this.tabPaths.has(target.path)) throw new NavigationRefused('can not redirectTo a tabbar page');
    this.unload(1);
    this.enter(target);
  }

  navigateBack(delta: number): void {
    if (this.stack.length < 2) throw new NavigationRefused('cannot navigate back at first page.');
    this.unload(Math.min(Math.max(1, delta), this.stack.length - 1));
    this.showTop();
  }

  reLaunch(url: string): void {
    const target = this.target(url);
    this.unload(this.stack.length);
    for (const page of this.tabs.values()) {
      page.call('onUnload');
      page.destroy();
    }
    this.tabs.clear();
    this.enter(target);
  }

  switchTab(url: string): void {
    const target = this.target(url);
    if (!this.tabPaths.has(target.path)) throw new NavigationRefused('can not switch to no-tabBar page');
    const tab = this.tabs.get(target.path);
    if (tab !== undefined && tab === this.top) return;
    const isTabOnTop = this.top !== undefined && this.tabPaths.has(this.top.path);
    if (isTabOnTop) {
      this.hideTop();
      this.stack.pop();
    } else {
      this.unload(this.stack.filter(({ path }) => !this.tabPaths.has(path)).length);
      this.stack = [];
    }
    if (tab === undefined) return this.enter({ ...target, query: {} });
    this.stack.push(tab);
    this.showTop();
  }

  /** The whole program comes to the front or leaves it. */
  showTop(): void {
    this.reveal();
    this.top?.call('onShow');
    this.top?.lifetime('show');
  }

  hideTop(): void {
    this.top?.call('onHide');
    this.top?.lifetime('hide');
  }

  private reveal(): void {
    const page = this.top;
    if (page === undefined) return;
    page.show();
    this.onChange(page, this.stack.length);
  }

  private target(url: string): PageUrl {
    const target = parsePageUrl(this.top?.path ?? '', url);
    if (this.pages.includes(target.path)) return target;
    throw new NavigationRefused(`page "${target.path}" is not found`);
  }

  private enter(target: PageUrl, opener?: EventChannel): void {
    const page = this.factory.create(target, opener);
    this.stack.push(page);
    if (this.tabPaths.has(page.path)) this.tabs.set(page.path, page);
    // On the screen before `onLoad`: what that changes of the navigation bar is this page's.
    this.reveal();
    page.call('onLoad', target.query);
    // `onLoad` may have moved on already (a guard that redirects); then this page is not the one to show.
    if (this.top !== page) return;
    this.showTop();
    this.factory.afterRender(() => page.call('onReady'));
  }

  /** Takes `count` pages off, the upper one first. A tab page only leaves the stack. */
  private unload(count: number): void {
    for (let left = count; left > 0; left -= 1) {
      const page = this.stack.pop();
      if (page === undefined) return;
      if (this.tabs.has(page.path)) {
        page.call('onHide');
        page.lifetime('hide');
        continue;
      }
      page.call('onUnload');
      page.destroy();
    }
  }
}
