/** The guest's end of the wire to the host page. */

import {
  isEnvelope,
  type CallName,
  type FromGuest,
  type FromHost,
  type GuestNotice,
  type HostCalls,
  type HostNotice,
  type Launch,
} from '../shared/protocol';

/** The host said no; `code` is the problem's code. */
export class HostRefusal extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export interface PendingCall<T> {
  readonly result: Promise<T>;
  abort(): void;
}

interface Waiting {
  resolve: (result: unknown) => void;
  reject: (refusal: HostRefusal) => void;
}

export class Bridge {
  private readonly waiting = new Map<number, Waiting>();
  private next_id = 1;
  private onNotice: (notice: HostNotice) => void = () => {};
  private onLaunch: (launch: Launch) => void = () => {};
  readonly launched: Promise<Launch>;

  /** `host` is the host page's origin. Only it may frame us (the page's CSP), and only it is heard. */
  constructor(
    private readonly host: string,
    private readonly parent: Window,
    self: Window,
  ) {
    this.launched = new Promise((resolve) => {
      this.onLaunch = resolve;
    });
    self.addEventListener('message', (event) => {
      if (event.origin !== host || event.source !== parent || !isEnvelope(event.data)) return;
      this.receive(event.data as FromHost);
    });
    this.post({ suanpan: 'hello' });
  }

  listen(onNotice: (notice: HostNotice) => void): void {
    this.onNotice = onNotice;
  }

  tell(notice: GuestNotice): void {
    this.post({ suanpan: 'notice', notice });
  }

  call<N extends CallName>(name: N, args: HostCalls[N]['args']): PendingCall<HostCalls[N]['result']> {
    const id = this.next_id;
    this.next_id += 1;
    const result = new Promise<unknown>((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
    });
    this.post({ suanpan: 'call', id, name, args });
    return {
      result: result as Promise<HostCalls[N]['result']>,
      abort: () => {
        if (this.waiting.delete(id)) this.post({ suanpan: 'abort', id });
      },
    };
  }

  private post(message: FromGuest): void {
    this.parent.postMessage(message, this.host);
  }

  private receive(message: FromHost): void {
    switch (message.suanpan) {
      case 'launch':
        return this.onLaunch(message.launch);
      case 'notice':
        return this.onNotice(message.notice);
      case 'answer':
        this.waiting.get(message.id)?.resolve(message.result);
        break;
      case 'refusal':
        this.waiting.get(message.id)?.reject(new HostRefusal(message.code, message.message));
        break;
    }
    this.waiting.delete(message.id);
  }
}
