/** The cashier as a pure state machine: what is shown, and what a key or an answer does to it. */

import type { CashierInfo } from '../management';

export const PIN_LENGTH = 6;

export type Cashier =
  | { readonly name: 'loading' }
  /** The simulator refused the invocation: wrong signature, expired, not this user's, … */
  | { readonly name: 'refused'; readonly detail: string }
  | {
      readonly name: 'asking';
      readonly info: CashierInfo;
      readonly pin: string;
      readonly busy: boolean;
      readonly notice: Notice | undefined;
    }
  | { readonly name: 'locked'; readonly info: CashierInfo }
  | { readonly name: 'paid'; readonly info: CashierInfo };

export type Notice =
  | { readonly kind: 'wrong_pin'; readonly remaining: number }
  | { readonly kind: 'unreachable' }
  | { readonly kind: 'text'; readonly text: string };

export type Input =
  | { readonly kind: 'digit'; readonly digit: string }
  | { readonly kind: 'backspace' }
  /** The one-tap button. */
  | { readonly kind: 'confirm' };

export type Answer =
  | { readonly kind: 'opened'; readonly info: CashierInfo }
  | { readonly kind: 'refused'; readonly detail: string }
  | { readonly kind: 'paid' }
  | { readonly kind: 'wrong_pin'; readonly remaining: number }
  | { readonly kind: 'failed'; readonly notice: Notice };

/** The next state; `submit` is there when the payment is to be sent now. */
export interface Step {
  readonly state: Cashier;
  readonly submit?: { readonly pin: string | undefined };
}

export function onInput(state: Cashier, input: Input): Step {
  if (state.name !== 'asking' || state.busy) return { state };
  switch (input.kind) {
    case 'digit': {
      if (!/^[0-9]$/.test(input.digit)) return { state };
      const pin = state.pin + input.digit;
      const full = pin.length === PIN_LENGTH;
      const next = { ...state, pin, busy: full, notice: undefined };
      return full ? { state: next, submit: { pin } } : { state: next };
    }
    case 'backspace':
      return { state: { ...state, pin: state.pin.slice(0, -1) } };
    case 'confirm':
      return { state: { ...state, busy: true, notice: undefined }, submit: { pin: undefined } };
  }
}

export function onAnswer(state: Cashier, answer: Answer): Cashier {
  switch (answer.kind) {
    case 'opened':
      return { name: 'asking', info: answer.info, pin: '', busy: false, notice: undefined };
    case 'refused':
      return { name: 'refused', detail: answer.detail };
    default:
      break;
  }
  if (state.name !== 'asking') return state;
  switch (answer.kind) {
    case 'paid':
      return { name: 'paid', info: state.info };
    case 'wrong_pin':
      if (answer.remaining <= 0) return { name: 'locked', info: state.info };
      return { ...state, pin: '', busy: false, notice: { kind: 'wrong_pin', remaining: answer.remaining } };
    case 'failed':
      return { ...state, pin: '', busy: false, notice: answer.notice };
  }
}
