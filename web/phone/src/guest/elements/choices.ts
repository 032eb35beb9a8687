/** Things to choose: checkbox, radio, their groups, switch; and the form around them. */

import { fireTap } from '../glass';
import { WxElement, isFormControl, makePressable, type Activatable, type FormControl } from './element';

abstract class Choice extends WxElement implements Activatable {
  static override readonly watched: readonly string[] = ['checked', 'disabled', 'color'];
  protected abstract readonly kind: 'checkbox' | 'radio' | 'switch';
  private readonly mark = document.createElement('i');
  private isOn = false;

  get on(): boolean {
    return this.isOn;
  }

  get value(): string {
    return this.text('value');
  }

  abstract activate(): void;

  set(on: boolean): void {
    this.isOn = on;
    this.setAttribute('aria-checked', String(on));
    this.toggleAttribute('wx-checked', on);
  }

  protected get locked(): boolean {
    return this.flag('disabled');
  }

  protected override connected(): void {
    if (!this.hasAttribute('role')) makePressable(this, this.kind, fireTap);
    this.mark.className = `suanpan-mark suanpan-${this.kind}`;
    if (this.mark.parentNode === null) this.prepend(this.mark);
    this.changed('checked');
    this.changed('color');
    this.changed('disabled');
  }

  protected override changed(name: string): void {
    if (name === 'checked') this.set(this.flag('checked'));
    if (name === 'color') this.mark.style.setProperty('--mark', this.text('color') || '#09bb07');
    if (name === 'disabled') this.setAttribute('aria-disabled', String(this.locked));
  }
}

export class Checkbox extends Choice {
  protected readonly kind = 'checkbox';

  activate(): void {
    if (this.locked) return;
    this.set(!this.on);
    this.closest<CheckboxGroup>('wx-checkbox-group')?.report();
  }
}

export class Radio extends Choice {
  protected readonly kind = 'radio';

  activate(): void {
    if (this.locked || this.on) return;
    const group = this.closest<RadioGroup>('wx-radio-group');
    group?.clear();
    this.set(true);
    group?.report();
  }
}

export class Switch extends Choice implements FormControl {
  protected readonly kind = 'switch';

  get formName(): string {
    return this.text('name');
  }

  get formValue(): unknown {
    return this.on;
  }

  reset(): void {
    this.set(false);
  }

  activate(): void {
    if (this.locked) return;
    this.set(!this.on);
    this.updateModel('checked', this.on);
    this.emit('change', { value: this.on });
  }
}

export class CheckboxGroup extends WxElement implements FormControl {
  get formName(): string {
    return this.text('name');
  }

  get formValue(): unknown {
    return [...this.querySelectorAll<Checkbox>('wx-checkbox')].filter(({ on }) => on).map(({ value }) => value);
  }

  reset(): void {
    for (const box of this.querySelectorAll<Checkbox>('wx-checkbox')) box.set(false);
  }

  report(): void {
    this.emit('change', { value: this.formValue });
  }
}

export class RadioGroup extends WxElement implements FormControl {
  get formName(): string {
    return this.text('name');
  }

  get formValue(): unknown {
    return [...this.querySelectorAll<Radio>('wx-radio')].find(({ on }) => on)?.value ?? '';
  }

  reset(): void {
    this.clear();
  }

  clear(): void {
    for (const radio of this.querySelectorAll<Radio>('wx-radio')) radio.set(false);
  }

  report(): void {
    this.emit('change', { value: this.formValue });
  }
}

export class Form extends WxElement {
  constructor() {
    super();
    this.addEventListener('wx-submit', () => this.emit('submit', { value: this.values(), target: {} }));
    this.addEventListener('wx-reset', () => {
      for (const control of this.controls()) control.reset();
      this.emit('reset', {});
    });
  }

  private controls(): FormControl[] {
    return [...this.querySelectorAll('*')].filter(isFormControl);
  }

  private values(): Record<string, unknown> {
    const named = this.controls().filter(({ formName }) => formName !== '');
    return Object.fromEntries(named.map((control) => [control.formName, control.formValue]));
  }
}
