/**
 * The script that stands first in every page of the phone's browsers: it makes the page believe that it
 * is on a phone, gives it `WeixinJSBridge` in WeChat, and sends every way out of the page past the phone.
 */

import { isEnvelope } from '../shared/protocol';
import type { FromPage, ToPage } from '../shared/web-protocol';
import { makeBridge } from './bridge';
import { isElsewhere, pastThePhone } from './ways-out';

declare global {
  interface Window {
    WeixinJSBridge?: unknown;
    /** Not in every browser yet; where it is missing only links are caught. */
    readonly navigation?: EventTarget;
  }
}

interface NavigateEvent extends Event {
  readonly destination: { readonly url: string };
}

const HOSTS = new Set(['127.0.0.1', 'localhost', '[::1]']);

const { dataset } = document.currentScript as HTMLScriptElement;
document.currentScript?.remove();
const { upstream = '', inside, userAgent = '', leave, referer = '' } = dataset;

Object.defineProperty(navigator, 'userAgent', { get: () => userAgent });
if (window.parent === window.top) start();

function start(): void {
  const bridge = makeBridge((id, name, args) => say({ suanpan: 'invoke', id, name, args }));
  window.addEventListener('message', ({ origin, source, data }) => {
    if (source !== window.parent || !HOSTS.has(hostOf(origin)) || !isEnvelope(data)) return;
    const message = data as ToPage;
    switch (message.suanpan) {
      case 'welcome':
        if (inside !== 'wechat' || window.WeixinJSBridge !== undefined) return;
        window.WeixinJSBridge = bridge.object;
        document.dispatchEvent(new Event('WeixinJSBridgeReady'));
        return;
      case 'result':
        return bridge.settle(message.id, message.result);
      case 'history':
        return history.go(message.steps);
      case 'reload':
        return location.reload();
    }
  });
  if (leave !== undefined) return say({ suanpan: 'leave', url: leave, referer });
  catchWaysOut();
  document.addEventListener('DOMContentLoaded', introduce);
}

/** Only our own host page may frame this page (its policy), so anybody may hear. */
function say(message: FromPage): void {
  window.parent.postMessage(message, '*');
}

function introduce(): void {
  const tell = (): void =>
    say({ suanpan: 'page', url: upstream + location.href.slice(location.origin.length), title: document.title });
  tell();
  window.navigation?.addEventListener('currententrychange', tell);
  new MutationObserver(tell).observe(document.head, { subtree: true, childList: true, characterData: true });
}

function catchWaysOut(): void {
  // Changing the link leaves its `rel` and `referrerpolicy` to the browser.
  document.addEventListener(
    'click',
    (event) => {
      const link = event.target instanceof Element ? event.target.closest('a') : null;
      if (link === null || link.href === '') return;
      if (isElsewhere(link.href, location)) link.href = pastThePhone(link.href);
      link.removeAttribute('target');
    },
    true,
  );
  window.navigation?.addEventListener('navigate', (event) => {
    const { url } = (event as NavigateEvent).destination;
    if (!event.cancelable || !isElsewhere(url, location)) return;
    event.preventDefault();
    location.href = pastThePhone(url);
  });
  window.open = (url) => {
    if (url !== undefined && url !== '') location.href = pastThePhone(new URL(url, location.href).href);
    return null;
  };
}

function hostOf(origin: string): string {
  try {
    return new URL(origin).hostname;
  } catch {
    return '';
  }
}
