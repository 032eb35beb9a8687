/** Who holds the phone. Every person has an openid of their own in every app. */

import { h, type Child } from '../dom';
import type { User } from '../management';
import { Tool, type Desk } from './tool';

export class UsersScreen extends Tool {
  constructor(desk: Desk) {
    super(desk, 'users', 'users-screen');
  }

  protected content(): Child[] {
    const { words, fixture } = this.desk;
    return [
      h('p', { class: 'hint' }, words.t('users_hint')),
      h('ul', { class: 'people' }, ...fixture.users.map((user) => this.person(user))),
    ];
  }

  private person(user: User): HTMLElement {
    const { words, fixture } = this.desk;
    const isCurrent = user.name === this.desk.user;
    const openids = Object.entries(user.openids).flatMap(([appid, openid]) => {
      const kind = fixture.apps.find((app) => app.appid === appid)?.kind;
      const name = kind === undefined ? appid : words.t(`app_${kind}`);
      return [h('dt', { title: appid }, name), h('dd', { class: 'mono' }, openid)];
    });
    return h(
      'li',
      { class: 'card person' },
      h(
        'button',
        {
          'aria-pressed': String(isCurrent),
          testid: `user-${user.name}`,
          on: { click: () => this.desk.chooseUser(user.name) },
        },
        h('i', { class: 'avatar', 'aria-hidden': 'true' }, user.name.slice(0, 1).toUpperCase()),
        h('b', {}, user.name),
        isCurrent ? h('span', { class: 'pill SUCCESS' }, words.t('user_current')) : null,
      ),
      h('details', {}, h('summary', {}, words.t('user_openids')), h('dl', {}, ...openids)),
    );
  }
}
