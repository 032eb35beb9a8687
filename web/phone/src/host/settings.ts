/** What this browser remembers of the phone: who is using it, and whether paying takes a PIN. */

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
}
