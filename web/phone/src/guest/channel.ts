/** `EventChannel`: what a page and the page it opened say to each other. */

type Listener = (...args: unknown[]) => void;

export class EventChannel {
  private readonly listeners = new Map<string, Set<Listener>>();
  private readonly once_only = new WeakSet<Listener>();
  private other: EventChannel | undefined;

  /** Two ends; what one says, the other hears. */
  static pair(): [EventChannel, EventChannel] {
    const ends: [EventChannel, EventChannel] = [new EventChannel(), new EventChannel()];
    [ends[0].other, ends[1].other] = [ends[1], ends[0]];
    return ends;
  }

  on(event: string, listener: Listener): void {
    const known = this.listeners.get(event) ?? new Set();
    this.listeners.set(event, known.add(listener));
  }

  once(event: string, listener: Listener): void {
    this.once_only.add(listener);
    this.on(event, listener);
  }

  off(event: string, listener?: Listener): void {
    if (listener === undefined) this.listeners.delete(event);
    else this.listeners.get(event)?.delete(listener);
  }

  emit(event: string, ...args: unknown[]): void {
    this.other?.hear(event, args);
  }

  private hear(event: string, args: unknown[]): void {
    const heard = this.listeners.get(event);
    for (const listener of [...(heard ?? [])]) {
      if (this.once_only.has(listener)) heard?.delete(listener);
      listener(...args);
    }
  }
}
