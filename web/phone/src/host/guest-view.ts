/** A mini program on the screen: its navigation bar with the capsule, and the frame it runs in. */

import type { GuestNotice, Launch, NavigationBar, PhoneNumber, SubscribeAnswer } from '../shared/protocol';
import { fill, h } from './dom';
import { GuestLink, type Handlers } from './link';
import type { ChangeKind, MiniProgram } from './management';
import type { Desk, Screen } from './screens/tool';
import type { ProgramStore } from './settings';

const STATUS_BAR_PX = 28;
const EMPTY_BAR: NavigationBar = {
  title: '',
  background: '#ffffff',
  text_style: 'black',
  can_go_back: false,
  loading: false,
  route: '',
};

export class GuestView implements Screen {
  readonly element: HTMLElement;
  private readonly bar = h('header', { class: 'navigation', testid: 'navigation' });
  private readonly frame: HTMLIFrameElement;
  private readonly origin: string;
  private readonly link: GuestLink;
  private shown: NavigationBar = EMPTY_BAR;
  private paying = false;
  private language: Launch['language'];

  /** Whose program it is; it runs until it is closed, whoever holds the phone by then. */
  private readonly user: string;

  constructor(
    private readonly desk: Desk,
    private readonly program: MiniProgram,
    private readonly store: ProgramStore,
    /** Where it starts, with a query; empty: on its first page. */
    private readonly page: string,
  ) {
    this.user = desk.user;
    this.language = desk.words.language === 'en' ? 'en' : 'zh_CN';
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
    this.load();
  }

  /** A program whose files have changed starts afresh, as in a developer's tool. */
  async changed(kind: ChangeKind | 'reconnected'): Promise<void> {
    if (kind === 'miniprogram') this.load();
  }

  private load(): void {
    this.frame.src = `${this.origin}/?t=${Date.now()}#${encodeURIComponent(window.location.origin)}`;
  }

  destroy(): void {
    window.removeEventListener('message', this.link.receive);
    this.link.abandon();
  }

  private launch(): Launch {
    const { program, user } = this;
    const { words } = this.desk;
    return {
      appid: program.appid,
      user,
      ext: program.ext ?? {},
      stored: this.store.all(),
      ...entryOf(this.page),
      language: words.language === 'en' ? 'en' : 'zh_CN',
      status_bar_height: STATUS_BAR_PX,
    };
  }

  private handlers(): Handlers {
    const { program, user } = this;
    const { management } = this.desk;
    return {
      login: () => management.login(program.appid, user),
      checkSession: async () => ({ ok: await management.sessionStands(program.appid, user) }),
      getPhoneNumber: () => this.phoneNumber(),
      requestSubscribeMessage: ({ tmplIds }) => this.subscribe(tmplIds),
      request: (call, signal) => management.request(program.appid, call, signal),
      requestPayment: (params) => this.pay(params),
      requestMerchantTransfer: (params) => this.desk.takeTransfer(params),
      setClipboard: async ({ text }) => {
        // Not granted without a gesture in this page; the program has its own copy anyway.
        await navigator.clipboard?.writeText(text).catch(() => {});
        return {};
      },
    };
  }

  private async phoneNumber(): Promise<PhoneNumber> {
    const { desk, program, user } = this;
    const { words, management } = desk;
    const allowed = await desk.ask({
      title: words.t('phone_number_title', { name: program.name }),
      text: words.t('phone_number_text'),
      lines: [maskedPhone(await management.profilePhone(user))],
      yes: 'consent_allow',
      no: 'consent_refuse',
    });
    // The words differ from phone to phone; programs must not look at them.
    if (!allowed) return { errMsg: 'getPhoneNumber:fail user deny' };
    return management.phoneNumber(program.appid, user);
  }

  private async subscribe(tmplIds: readonly string[]): Promise<SubscribeAnswer> {
    const { desk, program, user } = this;
    const { words, management } = desk;
    const { templates } = await management.console(program.appid);
    const titles = tmplIds.flatMap((id) => templates[id]?.title ?? []);
    // With nothing to show WeChat asks nobody, and the program hears why.
    const accepts = titles.length > 0 && (await desk.ask({
      title: words.t('subscribe_title', { name: program.name }),
      text: words.t('subscribe_text'),
      lines: titles,
      yes: 'consent_allow',
      no: 'consent_refuse',
    }));
    return management.subscribe(program.appid, user, tmplIds, accepts ? 'accept' : 'reject');
  }

  private async pay(params: Parameters<Handlers['requestPayment']>[0]) {
    if (this.paying) return { kind: 'fail', detail: 'requestPayment is being called' } as const;
    this.paying = true;
    try {
      return await this.desk.pay({ invoke: { kind: 'miniprogram', appid: this.program.appid, params } });
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
        return this.desk.close();
      case 'storage':
        return this.store.write(notice.key, notice.value);
      case 'unsupported':
        return this.desk.warn(this.desk.words.t('unsupported', { api: notice.api }));
      case 'console':
        return this.desk.warn(notice.text);
    }
  }

  draw(): void {
    const { words } = this.desk;
    const { shown } = this;
    const language = words.language === 'en' ? 'en' : 'zh_CN';
    if (language !== this.language) this.link.tell({ kind: 'language', language });
    this.language = language;
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
      { 'aria-label': words.t('close'), title: words.t('close'), testid: 'close-program', on: { click: () => this.desk.close() } },
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

/** `pages/order/order?id=1` as a launch names it. */
export function entryOf(page: string): Pick<Launch, 'path' | 'query'> {
  const [path = '', query = ''] = page.replace(/^\//, '').split('?');
  return { path, query: Object.fromEntries(new URLSearchParams(query)) };
}

/** As WeChat's sheet shows a number. */
export function maskedPhone(number: string): string {
  return number.replace(/^(\d{3})\d+(\d{4})$/, '$1****$2');
}

/** A name of its own for every program: names, unlike ports, keep cookies and storage apart. */
export function guestOrigin(appid: string, host: Pick<Location, 'protocol' | 'port'>): string {
  return `${host.protocol}//${appid.toLowerCase()}.localhost${host.port === '' ? '' : `:${host.port}`}`;
}
