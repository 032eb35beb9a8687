/** What this browser remembers of the phone: who is using it, and whether paying takes a PIN. */

const RECENT_LIMIT = 8;

export class Settings {
  constructor(private readonly area: Pick<Storage, 'getItem' | 'setItem'>) {}

  get user(): string | null {
    return this.area.getItem('suanpan.user');
  }

  set user(name: string | null) {
    this.area.setItem('suanpan.user', name ?? '');
  }

  get one_tap(): boolean {
    return this.area.getItem('suanpan.one_tap') === 'yes';
  }

  set one_tap(on: boolean) {
    this.area.setItem('suanpan.one_tap', on ? 'yes' : 'no');
  }

  /** Addresses typed into the browsers, the latest first. */
  readonly recent = {
    read: (): readonly string[] => (this.area.getItem('suanpan.recent') ?? '').split(' ').filter((url) => url !== ''),
    add: (url: string): void => {
      const others = this.recent.read().filter((known) => known !== url);
      this.area.setItem('suanpan.recent', [url, ...others].slice(0, RECENT_LIMIT).join(' '));
    },
  };
}

/** What one mini program has stored for one user; two users of a phone must not see each other's. */
export class ProgramStore {
  private readonly prefix: string;

  constructor(
    private readonly area: Storage,
    appid: string,
    user: string,
  ) {
    this.prefix = `suanpan.program.${appid}.${user}.`;
  }

  all(): Record<string, string> {
    const found: Record<string, string> = {};
    for (let index = 0; index < this.area.length; index += 1) {
      const key = this.area.key(index);
      if (key?.startsWith(this.prefix)) found[key.slice(this.prefix.length)] = this.area.getItem(key) ?? '';
    }
    return found;
  }

  write(key: string, value: string | null): void {
    if (value === null) this.area.removeItem(this.prefix + key);
    else this.area.setItem(this.prefix + key, value);
  }
}
