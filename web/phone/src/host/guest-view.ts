/** A mini program on the screen: its navigation bar with the capsule, and the frame it runs in. */

import type { GuestNotice, Launch, NavigationBar } from '../shared/protocol';
import { openCashier } from './cashier/sheet';
import { fill, h } from './dom';
import type { Words } from './i18n/index';
import { GuestLink, type Handlers } from './link';
import type { Management, MiniProgram } from './management';
import type { ProgramStore, Settings } from './settings';

const STATUS_BAR_PX = 28;
const EMPTY_BAR: NavigationBar = {
  title: '',
  background: '#ffffff',
  text_style: 'black',
  can_go_back: false,
  loading: false,
  route: '',
};

export interface GuestViewOptions {
  readonly management: Management;
  readonly words: Words;
  readonly settings: Settings;
  readonly store: ProgramStore;
  readonly program: MiniProgram;
  readonly user: string;
  /** The screen of the phone, over which the cashier comes. */
  readonly screen: HTMLElement;
  readonly onClose: () => void;
  readonly onNotice: (text: string) => void;
}

export class GuestView {
  readonly element: HTMLElement;
  private readonly bar = h('header', { class: 'navigation', testid: 'navigation' });
  private readonly frame: HTMLIFrameElement;
  private readonly origin: string;
  private readonly link: GuestLink;
  private shown: NavigationBar = EMPTY_BAR;
  private paying = false;

  constructor(private readonly options: GuestViewOptions) {
    const { program, words } = options;
    this.origin = guestOrigin(program.appid, window.location);
    this.frame = h('iframe', {
      class: 'guest',
      title: program.name,
      testid: 'guest',
      // The frame's origin is its own, so `allow-same-origin` gives it nothing of ours.
      sandbox: 'allow-scripts allow-same-origin allow-forms',
    });
    this.link = new GuestLink(
      this.origin,
      () => this.frame.contentWindow,
      () => this.launch(),
      this.handlers(),
      (notice) => this.onNotice(notice),
    );
    this.element = h('div', { class: 'guest-view', testid: 'guest-view' }, this.bar, this.frame);
    window.addEventListener('message', this.link.receive);
    words.onChange(() => this.relabel());
    this.draw();
    this.load();
  }

  /** Starts the program afresh, as after a change of its source. */
  load(): void {
    this.frame.src = `${this.origin}/?t=${Date.now()}#${encodeURIComponent(window.location.origin)}`;
  }

  destroy(): void {
    window.removeEventListener('message', this.link.receive);
    this.link.abandon();
    this.element.remove();
  }

  private launch(): Launch {
    const { program, user, words } = this.options;
    return {
      appid: program.appid,
      user,
      ext: program.ext ?? {},
      stored: this.options.store.all(),
      path: '',
      query: {},
      language: words.language === 'en' ? 'en' : 'zh_CN',
      status_bar_height: STATUS_BAR_PX,
    };
  }

  private handlers(): Handlers {
    const { management, program, user } = this.options;
    return {
      login: () => management.login(program.appid, user),
      request: (call, signal) => management.request(program.appid, call, signal),
      requestPayment: (params) => this.pay(params),
      setClipboard: async ({ text }) => {
        // Not granted without a gesture in this page; the program has its own copy anyway.
        await navigator.clipboard?.writeText(text).catch(() => {});
        return {};
      },
    };
  }

  private async pay(params: Parameters<Handlers['requestPayment']>[0]) {
    const { management, program, user, words, settings, screen } = this.options;
    if (this.paying) return { kind: 'fail', detail: 'requestPayment is being called' } as const;
    this.paying = true;
    try {
      const invoke = { kind: 'miniprogram', appid: program.appid, params } as const;
      return await openCashier({ management, words, invoke, user, one_tap: settings.one_tap, parent: screen });
    } finally {
      this.paying = false;
    }
  }

  private onNotice(notice: GuestNotice): void {
    switch (notice.kind) {
      case 'navigation':
        this.shown = notice.bar;
        return this.draw();
      case 'exit':
        return this.options.onClose();
      case 'storage':
        return this.options.store.write(notice.key, notice.value);
      case 'unsupported':
        return this.options.onNotice(this.options.words.t('unsupported', { api: notice.api }));
      case 'console':
        return this.options.onNotice(notice.text);
    }
  }

  private relabel(): void {
    this.link.tell({ kind: 'language', language: this.options.words.language === 'en' ? 'en' : 'zh_CN' });
    this.draw();
  }

  private draw(): void {
    const { words, onClose } = this.options;
    const { shown } = this;
    this.bar.style.background = shown.background;
    this.bar.dataset['text'] = shown.text_style;
    this.bar.dataset['route'] = shown.route;
    const back = h(
      'button',
      { class: 'back', 'aria-label': words.t('back'), testid: 'back', on: { click: () => this.link.tell({ kind: 'back' }) } },
      h('span', { 'aria-hidden': 'true' }, '‹'),
    );
    const reload = h(
      'button',
      { 'aria-label': words.t('reload'), title: words.t('reload'), testid: 'reload', on: { click: () => this.load() } },
      h('span', { 'aria-hidden': 'true' }, '•••'),
    );
    const close = h(
      'button',
      { 'aria-label': words.t('close'), title: words.t('close'), testid: 'close-program', on: { click: onClose } },
      h('span', { class: 'target', 'aria-hidden': 'true' }),
    );
    fill(
      this.bar,
      shown.can_go_back ? back : null,
      h('h1', { testid: 'navigation-title' }, shown.title),
      shown.loading ? h('i', { class: 'spinner', 'aria-hidden': 'true' }) : null,
      h('div', { class: 'capsule' }, reload, close),
    );
  }
}

/** A name of its own for every program: names, unlike ports, keep cookies and storage apart. */
export function guestOrigin(appid: string, host: Pick<Location, 'protocol' | 'port'>): string {
  return `${host.protocol}//${appid.toLowerCase()}.localhost${host.port === '' ? '' : `:${host.port}`}`;
}
