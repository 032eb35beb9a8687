/**
 * Toast, modal and action sheet. They stand in a shadow tree, where no style of the program reaches them.
 */

import type { Modal, Overlay, Toast } from './wx/feedback';
import css from './overlay.css';

export class DomOverlay implements Overlay {
  private readonly root: ShadowRoot;
  private shownToast: HTMLElement | undefined;

  constructor(
    host: HTMLElement,
    private readonly words: () => { cancel: string },
  ) {
    this.root = host.attachShadow({ mode: 'open' });
    const style = document.createElement('style');
    style.textContent = css;
    this.root.append(style);
  }

  toast(toast: Toast | undefined): void {
    this.shownToast?.remove();
    this.shownToast = undefined;
    if (toast === undefined) return;
    const box = element('div', { class: 'toast', role: 'status', 'data-testid': 'toast', 'data-icon': toast.icon });
    if (toast.image !== '') box.append(element('img', { src: toast.image, alt: '' }));
    else if (toast.icon !== 'none') box.append(element('i', { class: `icon ${toast.icon}`, 'aria-hidden': 'true' }));
    box.append(element('p', {}, toast.title));
    this.shownToast = element('div', { class: toast.mask ? 'layer' : 'layer through' });
    this.shownToast.append(box);
    this.root.append(this.shownToast);
  }

  modal(modal: Modal): Promise<{ confirmed: boolean; content: string | null }> {
    const box = element('div', { class: 'modal', role: 'alertdialog', 'aria-modal': 'true', 'data-testid': 'modal' });
    const input = modal.editable ? element('input', { placeholder: modal.placeholder, value: modal.content }) : undefined;
    if (modal.title !== '') box.append(element('h2', {}, modal.title));
    if (input !== undefined) box.append(input);
    else if (modal.content !== '') box.append(element('p', {}, modal.content));
    const row = element('div', { class: 'row' });
    const confirm = element('button', { class: 'confirm', 'data-testid': 'modal-confirm' }, modal.confirm);
    const cancel = element('button', { 'data-testid': 'modal-cancel' }, modal.cancel ?? '');
    if (modal.cancel !== undefined) row.append(cancel);
    row.append(confirm);
    box.append(row);
    return this.ask(box, confirm, (finish) => {
      const content = (): string | null => (input === undefined ? null : input.value);
      confirm.addEventListener('click', () => finish({ confirmed: true, content: content() }));
      cancel.addEventListener('click', () => finish({ confirmed: false, content: null }));
      return modal.cancel === undefined ? undefined : { confirmed: false, content: null };
    });
  }

  actionSheet(items: readonly string[], title: string): Promise<number | undefined> {
    const box = element('div', { class: 'sheet', role: 'dialog', 'aria-modal': 'true', 'data-testid': 'action-sheet' });
    if (title !== '') box.append(element('p', { class: 'hint' }, title));
    const buttons = items.map((item, index) => element('button', { 'data-testid': `action-${index}` }, item));
    const cancel = element('button', { class: 'cancel', 'data-testid': 'action-cancel' }, this.words().cancel);
    box.append(...buttons, cancel);
    return this.ask<number | undefined>(box, buttons[0] ?? cancel, (finish) => {
      buttons.forEach((button, index) => button.addEventListener('click', () => finish(index)));
      cancel.addEventListener('click', () => finish(undefined));
      return 'close';
    }).then((answer) => answer);
  }

  /** Shows `box` over everything until `wire`'s `finish` is called; gives the focus back afterwards. */
  private ask<T>(
    box: HTMLElement,
    first: HTMLElement,
    wire: (finish: (answer: T) => void) => T | 'close' | undefined,
  ): Promise<T> {
    return new Promise((resolve) => {
      const before = document.activeElement;
      const layer = element('div', { class: 'layer dim' });
      const finish = (answer: T): void => {
        layer.remove();
        if (before instanceof HTMLElement) before.focus();
        resolve(answer);
      };
      const onEscape = wire(finish);
      layer.append(box);
      layer.addEventListener('keydown', (event) => {
        if (event.key === 'Tab') keepInside(event, box);
        if (event.key !== 'Escape' || onEscape === undefined) return;
        finish(onEscape === 'close' ? (undefined as T) : onEscape);
      });
      this.root.append(layer);
      first.focus();
    });
  }
}

function keepInside(event: KeyboardEvent, box: HTMLElement): void {
  const stops = [...box.querySelectorAll<HTMLElement>('button, input')];
  const root = box.getRootNode() as ShadowRoot;
  const at = stops.indexOf(root.activeElement as HTMLElement);
  const next = stops[(at + (event.shiftKey ? -1 : 1) + stops.length) % stops.length];
  event.preventDefault();
  next?.focus();
}

function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string>,
  text?: string,
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text !== undefined) made.textContent = text;
  return made;
}
