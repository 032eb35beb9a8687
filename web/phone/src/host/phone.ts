/** The phone: status bar, home screen or whatever covers it, and the panel beside it. */

import type { PaymentOutcome, TransferParams } from '../shared/protocol';
import { ask, type Question } from './ask';
import { BrowserScreen } from './browser/screen';
import { openCashier } from './cashier/sheet';
import { openTransfer } from './cashier/transfer';
import { fill, h } from './dom';
import { GuestView } from './guest-view';
import { drawHome } from './home';
import type { Words } from './i18n/index';
import type { ChangeKind, Fixture, Management, MiniProgram, PayBy, Wallet } from './management';
import { NextPayment } from './panel/next-payment';
import { Panel } from './panel/panel';
import { AppPaymentScreen } from './screens/app-payment';
import { MessagesScreen } from './screens/messages';
import { PaymentCodeScreen } from './screens/payment-code';
import { ScannerScreen } from './screens/scanner';
import type { Desk, Screen } from './screens/tool';
import { UsersScreen } from './screens/users';
import { WalletScreen } from './screens/wallet';
import { ProgramStore, type Settings } from './settings';
import { timeOf } from './time';

const NOTICE_MS = 6000;

/** The phone's own screens, as the home screen offers them. */
export const TOOLS = ['wechat_browser', 'mobile_browser', 'scanner', 'payment_code', 'app_payment', 'wallet', 'messages', 'users'] as const;
export type ToolName = (typeof TOOLS)[number];

export class Phone implements Desk {
  readonly element: HTMLElement;
  fixture: Fixture = { api_base: '', seed: 0, merchants: [], users: [], apps: [] };
  wallet: Wallet | undefined;
  private readonly status = h('div', { class: 'status', testid: 'status-bar' });
  private readonly home = h('div', { class: 'home', testid: 'home' });
  private readonly screen: HTMLElement;
  private readonly notice = h('p', { class: 'host-notice', role: 'status', 'aria-live': 'polite', testid: 'notice' });
  private readonly panel: Panel;
  private readonly next = new NextPayment();
  programs: readonly MiniProgram[] = [];
  private time = '';
  /** The payment code whose password is being asked for, and those where it was asked before. */
  private asking: string | undefined;
  private readonly answered = new Set<string>();
  /** What covers the home screen. */
  private shown: Screen | undefined;
  private noticeTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly words: Words,
    readonly management: Management,
    private readonly settings: Settings,
  ) {
    this.screen = h('section', { class: 'screen', testid: 'screen' }, this.status, this.home, this.notice);
    this.panel = new Panel(words, management, this.next, () => this.showPanel(false));
    this.element = h('main', { class: 'desk' }, h('div', { class: 'phone' }, this.screen), this.panel.element);
    words.onChange(() => this.draw());
    this.draw();
  }

  get user(): string {
    const stored = this.settings.user;
    const { users } = this.fixture;
    return users.find(({ name }) => name === stored)?.name ?? users[0]?.name ?? '';
  }

  /** Reads everything; also after the connection was lost. */
  async refresh(): Promise<void> {
    const { management } = this;
    [this.fixture, this.programs] = await Promise.all([management.fixture(), management.miniPrograms()]);
    await Promise.all([this.refreshWallet(), this.refreshClock()]);
    this.panel.changed('reconnected');
    this.draw();
  }

  async changed(kind: ChangeKind | 'reconnected'): Promise<void> {
    this.panel.changed(kind);
    switch (kind) {
      case 'reconnected':
        await this.refresh();
        break;
      case 'wallet':
      case 'order':
        await this.refreshWallet();
        break;
      case 'clock':
        await this.refreshClock();
        break;
      case 'identity':
        this.fixture = await this.management.fixture();
        await this.refreshWallet();
        break;
      case 'miniprogram':
        this.programs = await this.management.miniPrograms();
        break;
    }
    await this.shown?.changed?.(kind);
    this.draw();
  }

  warn(text: string): void {
    clearTimeout(this.noticeTimer);
    this.notice.textContent = text;
    this.noticeTimer = setTimeout(() => (this.notice.textContent = ''), NOTICE_MS);
  }

  pay(by: PayBy): Promise<PaymentOutcome> {
    const { management, words, user, screen: parent } = this;
    const outcome = this.next.take();
    return openCashier({ management, words, by, user, outcome, one_tap: this.settings.one_tap, parent });
  }

  takeTransfer(invoke: TransferParams): Promise<PaymentOutcome> {
    const { management, words, user, screen: parent } = this;
    return openTransfer({ management, words, invoke, user, parent });
  }

  ask(question: Question): Promise<boolean> {
    return ask(question, this.words, this.screen);
  }

  close(): void {
    this.shown?.destroy?.();
    this.shown?.element.remove();
    this.shown = undefined;
    this.home.hidden = false;
    void this.changed('wallet');
  }

  /** Everything that runs belongs to a person, and ends when another takes the phone. */
  chooseUser(name: string): void {
    this.settings.user = name;
    this.wallet = undefined;
    void this.changed('wallet');
  }

  openProgram(program: MiniProgram, page = ''): void {
    const store = new ProgramStore(window.localStorage, program.appid, this.user);
    this.show(new GuestView(this, program, store, page));
  }

  private async refreshWallet(): Promise<void> {
    if (this.user === '') return;
    this.wallet = await this.management.wallet(this.user);
    void this.askForPassword();
  }

  /** A payment by code that wants the password comes up by itself, wherever the person is. */
  private async askForPassword(): Promise<void> {
    const [asked] = this.wallet?.password_asked ?? [];
    if (asked === undefined || this.asking !== undefined || this.answered.has(asked.auth_code)) return;
    this.asking = asked.auth_code;
    this.answered.add(asked.auth_code);
    await this.pay({ auth_code: asked.auth_code });
    this.asking = undefined;
    await this.changed('wallet');
  }

  private async refreshClock(): Promise<void> {
    this.time = timeOf((await this.management.clock()).now);
  }

  private show(screen: Screen): void {
    this.shown?.destroy?.();
    this.shown?.element.remove();
    this.shown = screen;
    this.home.hidden = true;
    this.home.after(screen.element);
    screen.draw();
  }

  /** As WeChat does with an address that was scanned. */
  private openPage(url: string): void {
    const browser = new BrowserScreen(this, 'wechat', this.settings.recent);
    this.show(browser);
    void browser.open(url);
  }

  private openTool(name: ToolName): void {
    switch (name) {
      case 'wechat_browser':
        return this.show(new BrowserScreen(this, 'wechat', this.settings.recent));
      case 'mobile_browser':
        return this.show(new BrowserScreen(this, 'browser', this.settings.recent));
      case 'scanner':
        return this.show(new ScannerScreen(this, (url) => this.openPage(url)));
      case 'wallet':
        return this.show(new WalletScreen(this));
      case 'messages':
        return this.show(new MessagesScreen(this));
      case 'users':
        return this.show(new UsersScreen(this));
      case 'payment_code':
        return this.show(new PaymentCodeScreen(this));
      case 'app_payment':
        return this.show(new AppPaymentScreen(this));
    }
  }

  private showPanel(shown: boolean): void {
    this.element.classList.toggle('panel-shown', shown);
  }

  private draw(): void {
    const { words } = this;
    document.documentElement.lang = words.language === 'en' ? 'en' : 'zh-CN';
    document.title = `${words.t('phone')} · ${words.t('simulated')}`;
    fill(
      this.status,
      h('time', { testid: 'status-time' }, this.time),
      h('span', { class: 'simulated', title: words.t('simulated_long'), testid: 'simulated' }, words.t('simulated')),
      h('button', { class: 'language', testid: 'language', on: { click: () => words.toggle() } }, words.t('language')),
    );
    const state = {
      user: this.user,
      programs: this.programs,
      wallet: this.wallet,
      one_tap: this.settings.one_tap,
    };
    drawHome(this.home, state, words, {
      openProgram: (program) => this.openProgram(program),
      openTool: (name) => this.openTool(name),
      setOneTap: (on) => (this.settings.one_tap = on),
      openPanel: () => this.showPanel(true),
    });
    this.shown?.draw();
  }
}
