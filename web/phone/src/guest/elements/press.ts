/** Things to press: button, navigator, label. */

import { fireTap } from '../glass';
import { WxElement, isActivatable, makePressable, watchHover, type Activatable } from './element';

/** What `open-type` asks of the phone; set by the runtime, as with `Navigator`. */
export interface OpenTypes {
  /** The event that follows, or nothing when the phone cannot do this. */
  press(open_type: string): Promise<{ readonly event: string; readonly detail: unknown } | undefined>;
}

export class Button extends WxElement implements Activatable {
  static openTypes: OpenTypes | undefined;
  static override readonly watched = ['disabled', 'loading', 'plain', 'type', 'size'];

  constructor() {
    super();
    watchHover(this, () => (this.flag('disabled') ? 'none' : this.text('hover-class', 'button-hover')));
  }

  protected override connected(): void {
    if (!this.hasAttribute('role')) makePressable(this, 'button', fireTap);
    this.changed();
  }

  protected override changed(): void {
    const disabled = this.flag('disabled');
    this.setAttribute('aria-disabled', String(disabled));
    this.toggleAttribute('wx-disabled', disabled);
    this.toggleAttribute('wx-loading', this.flag('loading'));
    this.toggleAttribute('wx-plain', this.flag('plain'));
    this.tabIndex = disabled ? -1 : 0;
  }

  activate(): void {
    if (this.flag('disabled')) return;
    const form = this.closest('wx-form');
    const type = this.text('form-type');
    if (type === 'submit') form?.dispatchEvent(new Event('wx-submit'));
    if (type === 'reset') form?.dispatchEvent(new Event('wx-reset'));
    const open_type = this.text('open-type');
    if (open_type !== '') void this.open(open_type);
  }

  private async open(open_type: string): Promise<void> {
    const answered = await Button.openTypes?.press(open_type);
    if (answered !== undefined) this.emit(answered.event, answered.detail);
  }
}

/** Set by the runtime; elements do not import the API they are used by. */
export interface Navigation {
  open(api: string, options: Record<string, unknown>): void;
}

const OPEN_TYPES: Record<string, string> = {
  navigate: 'navigateTo',
  redirect: 'redirectTo',
  switchTab: 'switchTab',
  reLaunch: 'reLaunch',
  navigateBack: 'navigateBack',
  exit: 'exitMiniProgram',
};

export class Navigator extends WxElement implements Activatable {
  static navigation: Navigation | undefined;

  constructor() {
    super();
    watchHover(this, () => this.text('hover-class', 'navigator-hover'));
  }

  protected override connected(): void {
    if (!this.hasAttribute('role')) makePressable(this, 'link', fireTap);
  }

  activate(): void {
    const api = OPEN_TYPES[this.text('open-type', 'navigate')];
    if (api === undefined) return;
    Navigator.navigation?.open(api, {
      url: this.text('url'),
      delta: this.number('delta', 1),
      success: (result: unknown) => this.emit('success', result),
      fail: (result: unknown) => this.emit('fail', result),
      complete: (result: unknown) => this.emit('complete', result),
    });
  }
}

/** Sends a click to the control it names by `for`, or to the first one inside it. */
export class Label extends WxElement {
  constructor() {
    super();
    this.addEventListener('click', (event) => {
      const inside = event.target instanceof Element ? event.target.closest(CONTROLS) : null;
      if (inside !== null && this.contains(inside)) return;
      const id = this.text('for');
      const control = id === '' ? this.querySelector(CONTROLS) : this.neighbour(id);
      if (isActivatable(control)) control.activate();
      else if (control instanceof HTMLElement) control.focus();
    });
  }
}

const CONTROLS = 'wx-button,wx-checkbox,wx-radio,wx-switch,wx-input,wx-textarea';
