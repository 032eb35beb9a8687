/** `wx.showToast` and its family: parameters and answers; how it looks is the overlay's business. */

import { ApiFailure, api, expectType, type Options } from './async';

export interface Toast {
  readonly title: string;
  readonly icon: 'success' | 'error' | 'loading' | 'none';
  readonly image: string;
  readonly mask: boolean;
}

export interface Modal {
  readonly title: string;
  readonly content: string;
  readonly cancel: string | undefined;
  readonly confirm: string;
  readonly editable: boolean;
  readonly placeholder: string;
}

export interface Overlay {
  toast(toast: Toast | undefined): void;
  modal(modal: Modal): Promise<{ confirmed: boolean; content: string | null }>;
  /** The index tapped, or `undefined` when the sheet was closed. */
  actionSheet(items: readonly string[], title: string): Promise<number | undefined>;
}

const TOAST_MS = 1500;
const MAX_ITEMS = 6;

export function feedback(overlay: Overlay, words: () => { cancel: string; confirm: string }) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const show = (toast: Toast | undefined): void => {
    clearTimeout(timer);
    overlay.toast(toast);
  };
  const toast = (options: Options): void => {
    expectType('title', options['title'] ?? '', 'String');
    const icon = String(options['icon'] ?? 'success') as Toast['icon'];
    show({
      title: String(options['title'] ?? ''),
      icon: ['success', 'error', 'loading', 'none'].includes(icon) ? icon : 'success',
      image: String(options['image'] ?? ''),
      mask: options['mask'] === true,
    });
    timer = setTimeout(() => overlay.toast(undefined), Number(options['duration'] ?? TOAST_MS));
  };
  const hide = (): void => show(undefined);
  return {
    showToast: api('showToast', toast),
    hideToast: api('hideToast', hide),
    showLoading: api('showLoading', (options) => {
      // A loading stays until it is hidden.
      show({ title: String(options['title'] ?? ''), icon: 'loading', image: '', mask: options['mask'] === true });
    }),
    hideLoading: api('hideLoading', hide),
    showModal: api('showModal', async (options) => {
      const answer = await overlay.modal({
        title: String(options['title'] ?? ''),
        content: String(options['content'] ?? ''),
        cancel: options['showCancel'] === false ? undefined : String(options['cancelText'] ?? words().cancel),
        confirm: String(options['confirmText'] ?? words().confirm),
        editable: options['editable'] === true,
        placeholder: String(options['placeholderText'] ?? ''),
      });
      return { confirm: answer.confirmed, cancel: !answer.confirmed, content: answer.content };
    }),
    showActionSheet: api('showActionSheet', async (options) => {
      const items = options['itemList'];
      if (!Array.isArray(items) || items.length === 0) {
        throw new ApiFailure('parameter error: parameter.itemList should have at least 1 item;');
      }
      if (items.length > MAX_ITEMS) {
        throw new ApiFailure(`parameter error: itemList should not be larger than ${MAX_ITEMS};`);
      }
      const tapIndex = await overlay.actionSheet(items.map(String), String(options['alertText'] ?? ''));
      if (tapIndex === undefined) throw new ApiFailure('cancel');
      return { tapIndex };
    }),
  };
}
