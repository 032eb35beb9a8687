/** The phone: status bar, home screen or mini program, and the panel beside it. */

import { fill, h } from './dom';
import { GuestView } from './guest-view';
import { drawHome } from './home';
import type { Words } from './i18n/index';
import type { ChangeKind, Management, MiniProgram, User, Wallet } from './management';
import { Panel } from './panel/panel';
import { ProgramStore, type Settings } from './settings';
import { timeOf } from './time';

const NOTICE_MS = 6000;

export class Phone {
  readonly element: HTMLElement;
  private readonly status = h('div', { class: 'status', testid: 'status-bar' });
  private readonly home = h('div', { class: 'home', testid: 'home' });
  private readonly screen: HTMLElement;
  private readonly notice = h('p', { class: 'host-notice', role: 'status', 'aria-live': 'polite', testid: 'notice' });
  private readonly panel: Panel;
  private users: readonly User[] = [];
  private programs: readonly MiniProgram[] = [];
  private wallet: Wallet | undefined;
  private time = '';
  private guest: GuestView | undefined;
  private noticeTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly words: Words,
    private readonly management: Management,
    private readonly settings: Settings,
  ) {
    this.screen = h('section', { class: 'screen', testid: 'screen' }, this.status, this.home, this.notice);
    this.panel = new Panel(words, management, () => this.showPanel(false));
    this.element = h('main', { class: 'desk' }, h('div', { class: 'phone' }, this.screen), this.panel.element);
    words.onChange(() => this.draw());
    this.draw();
  }

  /** Reads everything; also after the connection was lost. */
  async refresh(): Promise<void> {
    const { management } = this;
    [this.users, this.programs] = await Promise.all([management.users(), management.miniPrograms()]);
    await Promise.all([this.refreshWallet(), this.refreshClock()]);
    this.panel.changed('reconnected');
    this.draw();
  }

  async changed(kind: ChangeKind | 'reconnected'): Promise<void> {
    this.panel.changed(kind);
    switch (kind) {
      case 'reconnected':
        return this.refresh();
      case 'wallet':
      case 'order':
        await this.refreshWallet();
        break;
      case 'clock':
        await this.refreshClock();
        break;
      case 'identity':
        this.users = await this.management.users();
        await this.refreshWallet();
        break;
      case 'miniprogram':
        this.programs = await this.management.miniPrograms();
        this.guest?.load();
        break;
    }
    this.draw();
  }

  warn(text: string): void {
    clearTimeout(this.noticeTimer);
    this.notice.textContent = text;
    this.noticeTimer = setTimeout(() => (this.notice.textContent = ''), NOTICE_MS);
  }

  private get user(): string {
    const stored = this.settings.user;
    return this.users.find(({ name }) => name === stored)?.name ?? this.users[0]?.name ?? '';
  }

  private async refreshWallet(): Promise<void> {
    if (this.user !== '') this.wallet = await this.management.wallet(this.user);
  }

  private async refreshClock(): Promise<void> {
    this.time = timeOf((await this.management.clock()).now);
  }

  private open(program: MiniProgram): void {
    this.guest?.destroy();
    this.guest = new GuestView({
      management: this.management,
      words: this.words,
      settings: this.settings,
      store: new ProgramStore(window.localStorage, program.appid, this.user),
      program,
      user: this.user,
      screen: this.screen,
      onClose: () => this.close(),
      onNotice: (text) => this.warn(text),
    });
    this.home.hidden = true;
    this.home.after(this.guest.element);
  }

  private close(): void {
    this.guest?.destroy();
    this.guest = undefined;
    this.home.hidden = false;
    this.draw();
    void this.changed('wallet');
  }

  private chooseUser(name: string): void {
    this.settings.user = name;
    this.wallet = undefined;
    this.draw();
    void this.changed('wallet');
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
      users: this.users,
      user: this.user,
      programs: this.programs,
      wallet: this.wallet,
      one_tap: this.settings.one_tap,
    };
    drawHome(this.home, state, words, {
      openProgram: (program) => this.open(program),
      chooseUser: (name) => this.chooseUser(name),
      setOneTap: (on) => (this.settings.one_tap = on),
      openPanel: () => this.showPanel(true),
    });
  }
}
