/** One mini program running: its `App`, its pages, and their place on the screen. */

import type { Launch } from '../shared/protocol';
import type { Bundle, WindowConfig } from './bundle';
import type { EventChannel } from './channel';
import { Glass, type Root } from './glass';
import { Modules } from './modules';
import { PageStack, type Page, type PageFactory } from './pages';
import type { PageFrame, Screen } from './screen';
import type { PageUrl } from './urls';
import type { AppEvents } from './wx/lifecycle';

type AppInstance = Record<string, unknown>;

export class Program {
  readonly pages: PageStack;
  readonly frames = new Map<Page, PageFrame>();
  private readonly modules: Modules;
  private readonly glass: Glass;
  private app: AppInstance | undefined;
  /** `global` exists in WeChat; some bundlers write to it. */
  private readonly global: Record<string, unknown> = {};
  /** Set right after construction: `wx` needs the page stack, and the stack needs us. */
  private wx: Record<string, unknown> = {};
  private events: AppEvents | undefined;

  constructor(
    private readonly bundle: Bundle,
    private readonly screen: Screen,
    onTop: (page: Page, depth: number) => void,
  ) {
    this.modules = new Modules(bundle.modules, () => this.globals());
    const afterRender = (callback: () => void): void => void requestAnimationFrame(callback);
    this.glass = new Glass(bundle, (path) => this.modules.load(path), afterRender);
    const tabs = new Set(bundle.app.tabBar?.list.map(({ pagePath }) => pagePath) ?? []);
    const factory: PageFactory = {
      create: (url, opener) => this.createPage(url, opener),
      afterRender,
    };
    this.pages = new PageStack(factory, bundle.app.pages, tabs, (page, depth) => onTop(page, depth));
  }

  windowOf(path: string): WindowConfig {
    return { ...this.bundle.app.window, ...this.bundle.components[path] };
  }

  launch(wx: Record<string, unknown>, events: AppEvents, launch: Launch): void {
    this.wx = wx;
    this.events = events;
    const entry = { path: launch.path, query: launch.query, scene: 1001, referrerInfo: {}, shareTicket: undefined };
    if (this.modules.has('app')) this.modules.load('app');
    this.callApp('onLaunch', entry);
    this.show(entry);
    const query = Object.entries(launch.query).map(([name, value]) => `${name}=${value}`);
    this.pages.reLaunch(`/${launch.path}${query.length === 0 ? '' : `?${query.join('&')}`}`);
  }

  /** To the front again. The first time, the pages are not there yet. */
  show(entry: unknown): void {
    this.callApp('onShow', entry);
    this.events?.emit('AppShow', entry);
  }

  hide(): void {
    this.pages.hideTop();
    this.callApp('onHide');
    this.events?.emit('AppHide');
  }

  fail(message: string): void {
    this.callApp('onError', message);
    this.events?.emit('Error', { message });
  }

  private callApp(method: string, ...args: unknown[]): void {
    const found = this.app?.[method];
    if (typeof found === 'function') (found as (...args: unknown[]) => void).apply(this.app, args);
  }

  /** In the order that the compiler fixes (`module.rs`); what it shadows after these stays undefined. */
  private globals(): readonly unknown[] {
    const App = (definition: AppInstance): void => {
      this.app = definition;
    };
    const [page, component, behavior] = this.glass.definersFor();
    const getApp = (options?: { allowDefault?: boolean }): unknown => this.app ?? (options?.allowDefault ? {} : undefined);
    const getCurrentPages = (): unknown[] => this.pages.instances;
    return [this.wx, App, page, component, behavior, getApp, getCurrentPages, this.global, this.global];
  }

  private createPage({ path, query }: PageUrl, opener?: EventChannel): Page {
    const { root, styles } = this.glass.createPage(path);
    const frame = this.screen.add(styles);
    const page = new GlassPage(path, root, frame, this.screen, () => this.frames.delete(page));
    this.frames.set(page, frame);
    // A page that nobody opened has an object without functions; programs test for them.
    Object.assign(page.instance, { route: path, options: query, getOpenerEventChannel: () => opener ?? {} });
    root.attach(frame.scroller as never, frame.placeholder as never);
    return page;
  }
}

class GlassPage implements Page {
  constructor(
    readonly path: string,
    private readonly root: Root,
    private readonly frame: PageFrame,
    private readonly screen: Screen,
    private readonly onDestroy: () => void,
  ) {}

  get instance(): Record<string, unknown> {
    return this.root.get() as unknown as Record<string, unknown>;
  }

  call(method: string, ...args: unknown[]): unknown {
    const found = this.instance[method];
    if (typeof found !== 'function') return undefined;
    try {
      return (found as (...args: unknown[]) => unknown).apply(this.instance, args);
    } catch (thrown) {
      // One page's mistake must not stop the stack from moving; it is reported like any other.
      reportError(thrown);
      return undefined;
    }
  }

  lifetime(name: 'show' | 'hide'): void {
    this.root.getComponent().triggerPageLifetime(name, []);
  }

  show(): void {
    this.screen.show(this.frame);
  }

  destroy(): void {
    this.root.release();
    this.screen.remove(this.frame);
    this.onDestroy();
  }
}
