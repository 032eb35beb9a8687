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
      /** The id of what is paid with; none when nothing there can pay. */
      readonly method: string | undefined;
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
  | { readonly kind: 'method'; readonly id: string }
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
  readonly submit?: { readonly method: string; readonly pin?: string };
}

export function onInput(state: Cashier, input: Input): Step {
  if (state.name !== 'asking' || state.busy) return { state };
  const { method } = state;
  switch (input.kind) {
    case 'digit': {
      if (method === undefined || !/^[0-9]$/.test(input.digit)) return { state };
      const pin = state.pin + input.digit;
      const full = pin.length === PIN_LENGTH;
      const next = { ...state, pin, busy: full, notice: undefined };
      return full ? { state: next, submit: { method, pin } } : { state: next };
    }
    case 'backspace':
      return { state: { ...state, pin: state.pin.slice(0, -1) } };
    case 'method': {
      const known = state.info.methods.some(({ id, usable }) => usable && id === input.id);
      return known ? { state: { ...state, method: input.id, pin: '', notice: undefined } } : { state };
    }
    case 'confirm':
      if (method === undefined) return { state };
      return { state: { ...state, busy: true, notice: undefined }, submit: { method } };
  }
}

export function onAnswer(state: Cashier, answer: Answer): Cashier {
  switch (answer.kind) {
    case 'opened':
      return { name: 'asking', info: answer.info, pin: '', method: firstUsable(answer.info), busy: false, notice: undefined };
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

/** As on a phone: the balance when it covers the amount, else the first card. */
function firstUsable({ methods }: CashierInfo): string | undefined {
  return methods.find(({ usable }) => usable)?.id;
}
