/** The program as a whole: launched, shown, hidden, failing. */

type Listener = (...args: never[]) => void;

export class AppEvents {
  private readonly listeners = new Map<string, Set<Listener>>();

  emit(event: string, ...args: unknown[]): void {
    for (const listener of [...(this.listeners.get(event) ?? [])]) (listener as (...args: unknown[]) => void)(...args);
  }

  /** `onX` and `offX` for every event named. */
  functions(...events: string[]): Record<string, (listener?: Listener) => void> {
    const functions: Record<string, (listener?: Listener) => void> = {};
    for (const event of events) {
      const set = new Set<Listener>();
      this.listeners.set(event, set);
      functions[`on${event}`] = (listener) => {
        if (listener !== undefined) set.add(listener);
      };
      functions[`off${event}`] = (listener) => {
        if (listener === undefined) set.clear();
        else set.delete(listener);
      };
    }
    return functions;
  }
}
