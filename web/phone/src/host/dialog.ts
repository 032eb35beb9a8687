/**
 * A sheet over the phone's screen that must be answered: the focus stays inside until it closes, and then
 * goes back to where it was.
 */

import { h } from './dom';

export interface DialogOptions {
  readonly label: string;
  readonly testid: string;
  readonly class?: string;
  /** Over which screen. */
  readonly parent: HTMLElement;
  /** Esc. */
  readonly onDismiss: () => void;
  /** Any other key; whether it was for the sheet. */
  readonly onKey?: (event: KeyboardEvent) => boolean;
}

export class Dialog {
  readonly box: HTMLElement;
  private readonly layer: HTMLElement;
  private readonly before = document.activeElement;

  constructor(private readonly options: DialogOptions) {
    const { label, testid, class: name = '' } = options;
    const dialog = { role: 'dialog', 'aria-modal': 'true', 'aria-label': label, tabindex: -1 };
    this.box = h('section', { class: `sheet ${name}`, ...dialog, testid });
    this.layer = h('div', { class: 'cashier', testid: `${testid}-layer` }, this.box);
    this.layer.addEventListener('keydown', (event) => this.onKey(event));
  }

  open(): void {
    this.options.parent.append(this.layer);
    this.box.focus();
  }

  close(): void {
    this.layer.remove();
    if (this.before instanceof HTMLElement && this.before.isConnected) this.before.focus();
  }

  /** To what is pressed first, when the sheet shows something new. */
  focusFirst(): void {
    (this.box.querySelector<HTMLElement>('[data-first]') ?? this.box).focus();
  }

  private onKey(event: KeyboardEvent): void {
    if (event.key === 'Tab') return this.keepFocusInside(event);
    if (event.key === 'Escape') this.options.onDismiss();
    else if (this.options.onKey?.(event) !== true) return;
    event.preventDefault();
  }

  private keepFocusInside(event: KeyboardEvent): void {
    const stops = [...this.box.querySelectorAll<HTMLElement>(STOPS)].filter((stop) => stop.checkVisibility());
    const at = stops.indexOf(document.activeElement as HTMLElement);
    const step = event.shiftKey ? -1 : 1;
    const next = at === -1 && event.shiftKey ? stops.length - 1 : (at + step + stops.length) % stops.length;
    event.preventDefault();
    stops[next]?.focus();
  }
}

/** Of a group of radio buttons only the chosen one is a stop; arrows go to the others. */
const STOPS = 'button:not(:disabled), summary, input:not(:disabled):not([type=radio]), input[type=radio]:checked';
