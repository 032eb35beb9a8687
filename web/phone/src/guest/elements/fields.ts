/** Fields to write in: input and textarea. */

import { WxElement, type FormControl } from './element';

const INPUT_MODES: Record<string, string> = { number: 'numeric', digit: 'decimal', tel: 'tel', idcard: 'text' };

/** What both have in common; the control inside is HTML's own. */
abstract class Field<T extends HTMLInputElement | HTMLTextAreaElement> extends WxElement implements FormControl {
  static override readonly watched: readonly string[] = [
    'value', 'placeholder', 'type', 'password', 'maxlength', 'disabled', 'focus', 'auto-focus', 'confirm-type',
    'placeholder-style', 'auto-height', 'aria-label', 'data-testid',
  ];

  protected abstract readonly control: T;

  get formName(): string {
    return this.text('name');
  }

  get formValue(): unknown {
    return this.control.value;
  }

  reset(): void {
    this.control.value = '';
  }

  override focus(): void {
    this.control.focus();
  }

  protected override connected(): void {
    if (this.control.parentNode === null) {
      this.listen();
      this.append(this.control);
    }
    if (this.flag('focus') || this.flag('auto-focus')) this.control.focus();
  }

  protected override changed(name: string): void {
    const { control } = this;
    switch (name) {
      case 'value': {
        const value = this.text('value');
        // Writing an equal value would move the caret.
        if (control.value !== value) control.value = value;
        break;
      }
      case 'maxlength': {
        const limit = this.number('maxlength', 140);
        if (limit < 0) control.removeAttribute('maxlength');
        else control.maxLength = limit;
        break;
      }
      case 'disabled':
        control.disabled = this.flag('disabled');
        break;
      case 'focus':
        if (this.flag('focus')) control.focus();
        break;
      case 'placeholder':
        control.placeholder = this.text('placeholder');
        break;
      case 'aria-label':
        control.setAttribute('aria-label', this.text('aria-label'));
        break;
      default:
        this.special(name);
    }
  }

  protected special(_name: string): void {}

  private listen(): void {
    const { control } = this;
    control.maxLength = this.number('maxlength', 140);
    control.addEventListener('input', (event) => {
      event.stopPropagation();
      this.updateModel('value', control.value);
      const cursor = control.selectionStart ?? control.value.length;
      this.emit('input', { value: control.value, cursor, keyCode: 0 }, true);
    });
    control.addEventListener('change', (event) => event.stopPropagation());
    control.addEventListener('focus', () => this.emit('focus', { value: control.value, height: 0 }));
    control.addEventListener('blur', () => this.emit('blur', { value: control.value, cursor: 0 }));
    control.addEventListener('keydown', (event) => {
      const pressed = event as KeyboardEvent;
      if (pressed.key !== 'Enter' || pressed.isComposing || control instanceof HTMLTextAreaElement) return;
      this.emit('confirm', { value: control.value });
    });
  }
}

export class Input extends Field<HTMLInputElement> {
  protected readonly control = document.createElement('input');

  protected override special(name: string): void {
    if (name !== 'type' && name !== 'password') return;
    this.control.type = this.flag('password') ? 'password' : 'text';
    this.control.inputMode = INPUT_MODES[this.text('type')] ?? 'text';
  }
}

export class Textarea extends Field<HTMLTextAreaElement> {
  protected readonly control = document.createElement('textarea');

  protected override special(name: string): void {
    if (name === 'auto-height') this.toggleAttribute('wx-auto-height', this.flag('auto-height'));
  }
}
