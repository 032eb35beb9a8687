/** The phone's own screens: a bar with a way back, and something below it. */

import type { PaymentOutcome, TransferParams } from '../../shared/protocol';
import { fill, h, type Child } from '../dom';
import type { Key, Words } from '../i18n/index';
import type { Question } from '../ask';
import type { ChangeKind, Fixture, Management, MiniProgram, PayBy, Wallet } from '../management';

/** Something that covers the home screen. */
export interface Screen {
  readonly element: HTMLElement;
  /** Shows everything anew: the language or the data have changed. */
  draw(): void;
  /** Reads anew what concerns it. */
  changed?(kind: ChangeKind | 'reconnected'): Promise<void>;
  destroy?(): void;
}

/** What a screen sees of the phone it is on. */
export interface Desk {
  readonly words: Words;
  readonly management: Management;
  readonly fixture: Fixture;
  readonly wallet: Wallet | undefined;
  readonly user: string;
  chooseUser(name: string): void;
  /** Opens the cashier over the screen, for whoever holds the phone. */
  pay(by: PayBy): Promise<PaymentOutcome>;
  /** Shows the page on which a person takes a merchant's money. */
  takeTransfer(invoke: TransferParams): Promise<PaymentOutcome>;
  /** Asks the person over the screen. */
  ask(question: Question): Promise<boolean>;
  /** The mini programs on this phone. */
  readonly programs: readonly MiniProgram[];
  /** Starts a program, on a page of it when one is named with its query. */
  openProgram(program: MiniProgram, page?: string): void;
  warn(text: string): void;
  close(): void;
}

export abstract class Tool implements Screen {
  readonly element: HTMLElement;
  private readonly bar = h('header', { class: 'navigation tool-bar' });
  private readonly body: HTMLElement;

  constructor(
    protected readonly desk: Desk,
    private readonly title: Key,
    name: string,
  ) {
    this.body = h('div', { class: `tool ${name}` });
    this.element = h('div', { class: 'guest-view', testid: `screen-${name}` }, this.bar, this.body);
  }

  draw(): void {
    const { words } = this.desk;
    const back = h(
      'button',
      { class: 'back', 'aria-label': words.t('home'), testid: 'home-button', on: { click: () => this.desk.close() } },
      h('span', { 'aria-hidden': 'true' }, '‹'),
    );
    fill(this.bar, back, h('h1', {}, words.t(this.title)));
    fill(this.body, ...this.content());
  }

  destroy(): void {}

  protected abstract content(): Child[];
}
