/**
 * The phone's browsers. WeChat's knows the person, pays by its bridge and answers OAuth; the other one only
 * opens WeChat from an H5 page.
 */

import { fill, h, type Child } from '../dom';
import type { Key } from '../i18n/index';
import type { Consent } from '../management';
import type { Desk, Screen } from '../screens/tool';
import type { FromPage } from '../../shared/web-protocol';
import { answer } from './calls';
import { PageLink } from './link';

export type Inside = 'wechat' | 'browser';

/** As on a phone whose owner came back without paying. */
const RETURN_AFTER_MS = 5000;

/** The page of open.weixin.qq.com that gives a site a code for whoever looks at it. */
const AUTHORIZE_PATH = '/connect/oauth2/authorize';

const H5_PATH = '/cgi-bin/mmpayweb-bin/checkmweb';

export class BrowserScreen implements Screen {
  readonly element: HTMLElement;
  private readonly bar = h('header', { class: 'navigation tool-bar' });
  private readonly address = h('input', { class: 'address', type: 'text', inputmode: 'url', spellcheck: 'false', testid: 'address' });
  private readonly cover = h('div', { class: 'cover' });
  private readonly frame: HTMLIFrameElement;
  private readonly link: PageLink;
  private readonly user: string;
  private title = '';
  /** The page that is there, by the name its server knows, without a fragment. */
  private page = '';
  private user_agent = '';
  /** What lies over the page: a question, a refusal, or the start page. */
  private covered: (() => Child[]) | undefined = () => this.startPage();
  private returning: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly desk: Desk,
    private readonly inside: Inside,
    private readonly recent: { read(): readonly string[]; add(url: string): void },
  ) {
    this.user = desk.user;
    this.frame = h('iframe', {
      class: 'guest',
      testid: 'web-page',
      // Without `allow-popups` and `allow-top-navigation` the page stays where it is.
      sandbox: 'allow-scripts allow-same-origin allow-forms allow-modals allow-downloads',
    });
    this.link = new PageLink(() => this.frame.contentWindow, this.user, window.location, (message) => this.receive(message));
    window.addEventListener('message', this.link.receive);
    const form = h('form', { class: 'address-bar', on: { submit: (event) => this.submit(event) } }, this.address);
    const page = h('div', { class: 'web' }, this.frame, this.cover);
    this.element = h('div', { class: 'guest-view', testid: `screen-${inside}` }, this.bar, form, page);
  }

  destroy(): void {
    clearTimeout(this.returning);
    window.removeEventListener('message', this.link.receive);
  }

  draw(): void {
    const { words } = this.desk;
    const name = words.t(this.inside === 'wechat' ? 'wechat_browser' : 'mobile_browser');
    this.frame.title = name;
    this.address.setAttribute('aria-label', words.t('address'));
    this.address.placeholder = 'http://127.0.0.1:8701/';
    const button = (testid: string, key: Key, sign: string, act: () => void, classes = ''): HTMLElement =>
      h('button', { class: classes, 'aria-label': words.t(key), title: words.t(key), testid, on: { click: act } }, h('span', { 'aria-hidden': 'true' }, sign));
    fill(
      this.bar,
      button('web-back', 'back', '‹', () => this.link.tell({ suanpan: 'history', steps: -1 }), 'back'),
      h('h1', { testid: 'web-title' }, this.title || name),
      h(
        'div',
        { class: 'capsule' },
        button('web-reload', 'web_reload', '↻', () => this.link.tell({ suanpan: 'reload' })),
        button('home-button', 'home', '✕', () => this.desk.close()),
      ),
    );
    this.cover.hidden = this.covered === undefined;
    fill(this.cover, ...(this.covered?.() ?? []));
  }

  /** Opens an address as if it had been typed. */
  async open(url: string): Promise<void> {
    try {
      const visit = await this.desk.management.visit(url, this.user, this.inside);
      this.user_agent = visit.user_agent;
      this.frame.src = visit.url;
      this.show(undefined);
    } catch (thrown) {
      this.refuse(thrown instanceof Error ? thrown.message : String(thrown));
    }
  }

  private submit(event: Event): void {
    event.preventDefault();
    const typed = this.address.value.trim();
    if (typed === '') return;
    const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(typed) ? typed : `http://${typed}`;
    this.recent.add(url);
    void this.open(url);
  }

  private receive(message: FromPage): void {
    switch (message.suanpan) {
      case 'page':
        this.title = message.title;
        this.page = message.url.replace(/#.*/, '');
        if (document.activeElement !== this.address) this.address.value = message.url;
        this.link.tell({ suanpan: 'welcome' });
        return this.show(undefined);
      case 'leave':
        return this.leave(message.url, message.referer);
      case 'invoke':
        return void this.answer(message.id, message.name, message.args);
    }
  }

  private async answer(id: number, name: string, args: Readonly<Record<string, unknown>>): Promise<void> {
    if (this.inside !== 'wechat') return;
    const result = await answer(name, args, {
      page: this.page,
      user_agent: this.user_agent,
      pay: (by) => this.desk.pay(by),
      takeTransfer: (invoke) => this.desk.takeTransfer(invoke),
      verify: (config) => this.desk.management.checkJsConfig({ ...config, url: this.page }),
      warn: (text) => this.desk.warn(text),
      close: () => this.desk.close(),
      unsupported: (api) => this.desk.warn(this.desk.words.t('bridge_unsupported', { api })),
    });
    this.link.tell({ suanpan: 'result', id, result });
  }

  /** The page wants to go where no server of this machine is: some of these places are ours. */
  private leave(address: string, referer: string): void {
    const url = new URL(address);
    const { words } = this.desk;
    if (url.pathname === AUTHORIZE_PATH) {
      if (this.inside !== 'wechat') return this.refuse('请在微信客户端打开链接');
      return void this.authorize(address, undefined);
    }
    if (url.pathname === H5_PATH) {
      // WeChat has no jump page to show itself; its cashier refuses by what the browser calls itself.
      if (this.inside === 'wechat') return void this.jump(address, referer);
      return this.show(() => this.jumpPage(address, referer));
    }
    this.refuse(words.t('outside', { host: url.host === '' ? address : url.host }));
  }

  private async authorize(address: string, consent: Consent | undefined): Promise<void> {
    try {
      const answer = await this.desk.management.authorize(address, this.user, consent);
      if ('redirect' in answer) return await this.open(answer.redirect);
      this.show(() => this.consentPage(address, answer.ask_consent.appid));
    } catch (thrown) {
      this.refuse(thrown instanceof Error ? thrown.message : String(thrown));
    }
  }

  private consentPage(address: string, appid: string): Child[] {
    const { words } = this.desk;
    const answer = (consent: Consent) => () => void this.authorize(address, consent);
    return this.sheet(words.t('consent_title'), words.t('consent_text', { appid }), [
      ['consent-allow', 'consent_allow', answer('allow')],
      ['consent-refuse', 'consent_refuse', answer('deny')],
    ]);
  }

  private jumpPage(h5_url: string, page: string): Child[] {
    const { words } = this.desk;
    return this.sheet(words.t('jump_title'), words.t('jump_text'), [
      ['jump-open', 'jump_open', () => void this.jump(h5_url, page)],
      ['jump-leave', 'jump_leave', () => this.returnLater(h5_url)],
    ]);
  }

  private async jump(h5_url: string, page: string): Promise<void> {
    const outcome = await this.desk.pay({ h5_url, page, user_agent: this.user_agent });
    // A refusal is the end of the road on a phone as well: the person goes back by hand.
    if (outcome.kind === 'fail') return this.refuse(outcome.detail);
    this.returnFrom(h5_url);
  }

  private returnLater(h5_url: string): void {
    this.show(() => this.sheet(this.desk.words.t('jump_title'), this.desk.words.t('jump_returning'), []));
    this.returning = setTimeout(() => this.returnFrom(h5_url), RETURN_AFTER_MS);
  }

  /** To `redirect_url`, or to the page before the jump. */
  private returnFrom(h5_url: string): void {
    const redirect_url = new URL(h5_url).searchParams.get('redirect_url');
    if (redirect_url !== null) return void this.open(redirect_url);
    this.link.tell({ suanpan: 'history', steps: -1 });
  }

  private startPage(): Child[] {
    const { words } = this.desk;
    const recent = this.recent.read().map((url) =>
      h('li', {}, h('button', { class: 'card mono', on: { click: () => void this.open(url) } }, url)),
    );
    const hint = h('p', { class: 'hint' }, words.t(this.inside === 'wechat' ? 'wechat_browser_hint' : 'mobile_browser_hint'));
    return [h('div', { class: 'tool' }, hint, h('ul', { class: 'codes' }, ...recent))];
  }

  private refuse(text: string): void {
    this.show(() => [h('p', { class: 'web-refusal', role: 'alert', testid: 'web-refusal' }, text)]);
  }

  private sheet(title: string, text: string, acts: readonly [testid: string, key: Key, act: () => void][]): Child[] {
    const buttons = acts.map(([testid, key, act], index) =>
      h('button', { class: index === 0 ? 'primary' : 'secondary', testid, on: { click: act } }, this.desk.words.t(key)),
    );
    return [
      h(
        'section',
        { class: 'ask', role: 'dialog', 'aria-label': title, testid: 'ask' },
        h('span', { class: 'simulated' }, this.desk.words.t('simulated')),
        h('h2', {}, title),
        h('p', {}, text),
        ...buttons,
      ),
    ];
  }

  private show(covered: (() => Child[]) | undefined): void {
    clearTimeout(this.returning);
    this.covered = covered;
    this.draw();
  }
}
