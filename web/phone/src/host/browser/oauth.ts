/**
 * The page of open.weixin.qq.com that gives a site a code for the person who looks at it (open platform §6).
 */

export interface Authorize {
  readonly appid: string;
  readonly redirect_uri: string;
  readonly scope: 'snsapi_base' | 'snsapi_userinfo';
  readonly state: string;
}

/** What WeChat shows instead of going on. */
export interface AuthorizeRefusal {
  readonly text: string;
}

/** WeChat's client wants these members in this order, `forcePopup` and the like behind them. */
const ORDER = ['appid', 'redirect_uri', 'response_type', 'scope', 'state'];

export function isAuthorize(url: URL): boolean {
  return url.pathname === '/connect/oauth2/authorize';
}

export function readAuthorize(url: URL, accounts: readonly string[]): Authorize | AuthorizeRefusal {
  const member = (name: string): string => url.searchParams.get(name) ?? '';
  const empty = (
    [['appid', 10012], ['redirect_uri', 10011], ['scope', 10010], ['state', 10013]] as const
  ).find(([name]) => member(name) === '');
  if (empty !== undefined) return refused(`${empty[0]}不能为空`, empty[1]);
  const names = [...url.searchParams.keys()].filter((name) => ORDER.includes(name));
  const isStrict = names.join() === ORDER.join() && url.hash === '#wechat_redirect' && member('response_type') === 'code';
  if (!isStrict) return { text: '该链接无法访问' };
  if (!accounts.includes(member('appid'))) return refused('不支持微信开放平台的Appid，请使用公众号Appid', 10016);
  const scope = member('scope');
  if (scope !== 'snsapi_base' && scope !== 'snsapi_userinfo') return refused('此公众号并没有这些scope的权限', 10005);
  if (!/^[a-zA-Z0-9]{1,128}$/.test(member('state')) || !URL.canParse(member('redirect_uri'))) {
    return { text: '该链接无法访问' };
  }
  return { appid: member('appid'), redirect_uri: member('redirect_uri'), scope, state: member('state') };
}

/** The address to return to: with a code, or without one when the person said no. */
export function returnTo({ redirect_uri, state }: Authorize, code: string | undefined): string {
  const at = redirect_uri.indexOf('#');
  const [base, fragment] = at < 0 ? [redirect_uri, ''] : [redirect_uri.slice(0, at), redirect_uri.slice(at)];
  const members = code === undefined ? `state=${state}` : `code=${code}&state=${state}`;
  return `${base}${base.includes('?') ? '&' : '?'}${members}${fragment}`;
}

function refused(text: string, code: number): AuthorizeRefusal {
  return { text: `${text}，错误码${code}` };
}
