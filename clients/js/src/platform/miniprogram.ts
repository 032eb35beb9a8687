/** A native mini program (and anything else that has WeChat's `wx`). */

import type { CashierReturn, HttpAnswer, HttpRequest, Platform } from '../ports';

interface Callbacks<T> {
  success?: (result: T) => void;
  fail?: (failure: { errMsg: string }) => void;
  complete?: (result: { errMsg: string }) => void;
}

/** The part of `wx` this adapter calls. */
export interface Wx {
  login(options: Callbacks<{ code: string }>): void;
  request(
    options: {
      url: string;
      method: 'GET' | 'POST';
      header: Record<string, string>;
      data?: string;
      timeout: number;
    } & Callbacks<{ statusCode: number; data: unknown }>,
  ): unknown;
  requestPayment(options: Record<string, unknown> & Callbacks<{ errMsg: string }>): void;
  getAccountInfoSync(): { miniProgram: { appId: string } };
  getStorageSync(key: string): unknown;
  setStorageSync(key: string, value: unknown): void;
  onAppShow(callback: () => void): void;
  onAppHide(callback: () => void): void;
  offAppShow?(callback: () => void): void;
  offAppHide?(callback: () => void): void;
}

export function miniprogram(wx: Wx): Platform {
  let visible = true;
  wx.onAppShow(() => {
    visible = true;
  });
  wx.onAppHide(() => {
    visible = false;
  });
  return {
    trade_type: 'JSAPI',
    appid: wx.getAccountInfoSync().miniProgram.appId,
    http: (request) => http(wx, request),
    login: () => login(wx),
    openCashier: (client_params) => openCashier(wx, client_params),
    storage: {
      read: (key) => wx.getStorageSync(key),
      write: (key, value) => wx.setStorageSync(key, value),
    },
    visibility: {
      visible: () => visible,
      onChange(callback) {
        wx.onAppShow(callback);
        wx.onAppHide(callback);
        return () => {
          wx.offAppShow?.(callback);
          wx.offAppHide?.(callback);
        };
      },
    },
  };
}

function login(wx: Wx): Promise<string> {
  return new Promise((resolve, reject) => {
    wx.login({ success: ({ code }) => resolve(code), fail: ({ errMsg }) => reject(new Error(errMsg)) });
  });
}

function http(wx: Wx, request: HttpRequest): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    wx.request({
      url: request.url,
      method: request.method,
      header: { 'content-type': 'application/json', ...request.headers },
      // A string goes out as it is; an object's fate would depend on the content type.
      ...(request.body === undefined ? {} : { data: JSON.stringify(request.body) }),
      timeout: request.timeout_ms,
      success: ({ statusCode, data }) => resolve({ status: statusCode, body: parsed(data) }),
      fail: ({ errMsg }) => reject(new Error(errMsg)),
    });
  });
}

/** `wx.request` parses what parses and hands over the rest as text; on some platforms that is everything. */
function parsed(data: unknown): unknown {
  if (typeof data !== 'string') return data;
  try {
    return JSON.parse(data);
  } catch {
    return data;
  }
}

function openCashier(wx: Wx, client_params: Readonly<Record<string, string>>): Promise<CashierReturn> {
  return new Promise((resolve) => {
    wx.requestPayment({
      ...client_params,
      success: () => resolve({ kind: 'ok' }),
      fail: ({ errMsg }) => resolve(classified(errMsg)),
      // WeChat up to 6.5.2 reports a cancel to `complete` only; for all others this comes too late to count.
      complete: ({ errMsg }) => resolve(errMsg === 'requestPayment:ok' ? { kind: 'ok' } : classified(errMsg)),
    });
  });
}

/** There is no list of error texts; "cancel" as a word is all that can be relied on. */
function classified(errMsg: string): CashierReturn {
  return { kind: /\bcancel\b/i.test(errMsg) ? 'cancel' : 'error', raw: errMsg };
}
