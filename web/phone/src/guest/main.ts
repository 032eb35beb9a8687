/** Starts the guest: waits for the host's launch message and the program's bundle, then runs it. */

import type { HostNotice, Launch, NavigationBar } from '../shared/protocol';
import { GuestBar } from './bar';
import { Bridge } from './bridge';
import { BundleFailure, receiveBundle, type Bundle } from './bundle';
import { defineElements } from './elements/index';
import { handleEvents } from './events';
import { watchGestures } from './gestures';
import { DomOverlay } from './overlay';
import type { Page } from './pages';
import { Program } from './program';
import { Screen } from './screen';
import { watchScrolling } from './scrolling';
import { TabBar } from './tabs';
import { themed } from './theme';
import { createWx } from './wx/index';
import { openTypes } from './wx/open-types';

const WORDS = {
  zh_CN: { cancel: '取消', confirm: '确定', copied: '内容已复制', failed: '小程序无法启动' },
  en: { cancel: 'Cancel', confirm: 'OK', copied: 'Copied', failed: 'The mini program cannot start' },
};

/** The host's origin comes in the fragment; whoever else would frame us is kept out by the page's CSP. */
function hostOrigin(): string {
  return decodeURIComponent(location.hash.slice(1));
}

async function start(): Promise<void> {
  // The bundle's templates take the handler as soon as they run.
  handleEvents();
  const receiving = receiveBundle();
  const bridge = new Bridge(hostOrigin(), window.parent, window);
  const launch = await bridge.launched;
  try {
    run(await receiving, launch, bridge);
  } catch (thrown) {
    showFailure(launch, thrown);
  }
}

function run(received: Bundle, launch: Launch, bridge: Bridge): void {
  const mode = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  const bundle = {
    ...received,
    app: themed(received.app, received.theme, mode),
    components: themed(received.components, received.theme, mode),
  };
  let words = WORDS[launch.language];
  document.documentElement.lang = launch.language === 'en' ? 'en' : 'zh-CN';
  const stack = document.getElementById('suanpan-stack') as HTMLElement;
  watchGestures(stack);
  const host = document.body.appendChild(document.createElement('div'));
  const overlay = new DomOverlay(host, () => words);

  const program: Program = new Program(bundle, new Screen(stack), (page, depth) => {
    tabs?.show(page.path);
    bar.show(page, depth);
    watchOnce(page);
  });
  const bar = new GuestBar(
    (path) => program.windowOf(path),
    (shown: NavigationBar) => bridge.tell({ kind: 'navigation', bar: shown }),
  );
  const tabs =
    bundle.app.tabBar === undefined
      ? undefined
      : new TabBar(bundle.app.tabBar, (path, index, text) => {
          program.pages.switchTab(`/${path}`);
          program.pages.top?.call('onTabItemTap', { index, pagePath: path, text });
        });

  const pullDown = {
    start: () => {
      bar.setLoading(true);
      program.pages.top?.call('onPullDownRefresh');
    },
    stop: () => bar.setLoading(false),
  };
  const watched = new WeakSet<Page>();
  const watchOnce = (page: Page): void => {
    const frame = program.frames.get(page);
    if (frame === undefined || watched.has(page)) return;
    watched.add(page);
    watchScrolling(page, frame.scroller, program.windowOf(page.path), pullDown.start);
  };

  const path = launch.path || bundle.app.entryPagePath || bundle.app.pages[0] || '';
  const entry = { ...launch, path };
  const made = createWx({
    bridge,
    launch: entry,
    pages: program.pages,
    bar,
    overlay,
    words: () => words,
    measures: {
      width: () => window.innerWidth,
      height: () => stack.clientHeight,
      pixelRatio: () => window.devicePixelRatio,
      isDark: () => matchMedia('(prefers-color-scheme: dark)').matches,
    },
    selectorQuery: () => {
      const page = program.pages.top?.instance as { createSelectorQuery?: () => unknown } | undefined;
      return page?.createSelectorQuery?.();
    },
    pullDown,
    tabs: () => tabs,
    scrollTo: (top, duration_ms) => {
      const page = program.pages.top;
      const frame = page && program.frames.get(page);
      frame?.scroller.scrollTo({ top, behavior: duration_ms > 0 ? 'smooth' : 'auto' });
    },
  });
  defineElements({ open: (api, options) => void (made.wx[api] as (options: unknown) => void)(options) }, openTypes(bridge));

  window.addEventListener('error', ({ message }) => report(message));
  window.addEventListener('unhandledrejection', ({ reason }) => {
    made.events.emit('UnhandledRejection', { reason });
    report(String((reason as { errMsg?: string } | undefined)?.errMsg ?? reason));
  });
  const report = (text: string): void => {
    bridge.tell({ kind: 'console', level: 'error', text });
    program.fail(text);
  };
  bridge.listen((notice: HostNotice) => {
    switch (notice.kind) {
      case 'back':
        return void (made.wx['navigateBack'] as (options: object) => void)({ fail: () => {} });
      case 'hide':
        return program.hide();
      case 'show':
        program.show({ path: program.pages.top?.path, query: {}, scene: 1001 });
        return program.pages.showTop();
      case 'language':
        words = WORDS[notice.language];
        return made.setLanguage(notice.language);
    }
  });
  program.launch(made.wx, made.events, entry);
}

function showFailure(launch: Launch, thrown: unknown): void {
  const box = document.createElement('section');
  box.id = 'suanpan-failure';
  box.dataset['testid'] = 'program-failure';
  box.setAttribute('role', 'alert');
  const title = document.createElement('h1');
  title.textContent = WORDS[launch.language].failed;
  const text = document.createElement('pre');
  text.textContent = told(thrown);
  box.append(title, text);
  document.body.replaceChildren(box);
  console.error(thrown);
}

function told(thrown: unknown): string {
  if (thrown instanceof BundleFailure) return thrown.message;
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
}

void start();
