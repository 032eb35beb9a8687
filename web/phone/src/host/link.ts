/** The host's end of the wire to one guest frame: hears only its origin, and only its window. */

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
import { ManagementError } from './management';

export type Handlers = {
  [N in CallName]: (args: HostCalls[N]['args'], signal: AbortSignal) => Promise<HostCalls[N]['result']>;
};

/** Calls under way at a time; a guest that asks for more is broken or hostile. */
const MAX_CALLS = 64;

export class GuestLink {
  private readonly running = new Map<number, AbortController>();

  constructor(
    private readonly origin: string,
    private readonly guest: () => Window | null,
    private readonly launch: () => Launch,
    private readonly handlers: Handlers,
    private readonly onNotice: (notice: GuestNotice) => void,
  ) {}

  /** For `window`'s `message` event. */
  readonly receive = (event: MessageEvent): void => {
    if (event.origin !== this.origin || event.source !== this.guest() || !isEnvelope(event.data)) return;
    const message = event.data as FromGuest;
    switch (message.suanpan) {
      case 'hello':
        this.abandon();
        return this.post({ suanpan: 'launch', launch: this.launch() });
      case 'notice':
        return this.onNotice(message.notice);
      case 'abort':
        return this.running.get(message.id)?.abort();
      case 'call':
        void this.answer(message.id, message.name, message.args);
    }
  };

  tell(notice: HostNotice): void {
    this.post({ suanpan: 'notice', notice });
  }

  /** The guest is gone: nobody waits for its answers. */
  abandon(): void {
    for (const call of this.running.values()) call.abort();
    this.running.clear();
  }

  private async answer(id: number, name: CallName, args: unknown): Promise<void> {
    if (!Object.hasOwn(this.handlers, name)) return this.refuse(id, 'unknown_call', `unknown call ${String(name)}`);
    if (this.running.size >= MAX_CALLS) return this.refuse(id, 'too_many_calls', 'too many calls at a time');
    const controller = new AbortController();
    this.running.set(id, controller);
    try {
      const handler = this.handlers[name] as (args: unknown, signal: AbortSignal) => Promise<unknown>;
      this.post({ suanpan: 'answer', id, result: await handler(args, controller.signal) });
    } catch (thrown) {
      if (controller.signal.aborted) return;
      const code = thrown instanceof ManagementError ? thrown.code : 'host_error';
      this.refuse(id, code, thrown instanceof Error ? thrown.message : String(thrown));
    } finally {
      this.running.delete(id);
    }
  }

  private refuse(id: number, code: string, message: string): void {
    this.post({ suanpan: 'refusal', id, code, message });
  }

  private post(message: FromHost): void {
    this.guest()?.postMessage(message, this.origin);
  }
}
