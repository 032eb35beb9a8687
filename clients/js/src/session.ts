/**
 * Our own session: a code of `wx.login` exchanged at our server for an opaque token. The page never sees
 * an openid, and the token is the only thing it keeps.
 */

import { LoginFailed, Refused, asPayError, type Problem } from './errors';
import type { Clock, HttpAnswer, HttpRequest, Platform } from './ports';

export interface Session {
  readonly session_token: string;
  /** On the clock of the platform. */
  readonly expires_at: number;
}

/** A token this close to its end would expire on the way. */
const MARGIN_MS = 60_000;

export class Sessions {
  private session: Session | undefined;
  private pending: Promise<Session> | undefined;
  private readonly key: string;

  constructor(
    private readonly base_url: string,
    private readonly platform: Platform,
    private readonly clock: Clock,
    private readonly timeout_ms: number,
  ) {
    this.key = `suanpan.session.${platform.appid}.${base_url}`;
    this.session = readSession(platform.storage?.read(this.key));
  }

  /** Whether a token is at hand that is worth sending. */
  ready(): boolean {
    return this.session !== undefined && this.session.expires_at - MARGIN_MS > this.clock.now();
  }

  /** The session at hand, or a new one; callers at the same time share one login. */
  async current(): Promise<Session> {
    if (this.session !== undefined && this.ready()) return this.session;
    this.pending ??= this.login().finally(() => {
      this.pending = undefined;
    });
    return this.pending;
  }

  /** Forgets `session` after the server called it invalid, unless another login has replaced it. */
  drop(session: Session): void {
    if (this.session?.session_token === session.session_token) this.session = undefined;
  }

  private async login(): Promise<Session> {
    let answer = await this.exchange();
    // A code can be spent or too old through no fault of ours (a repeated request, a phone that slept).
    if (answer.status >= 400 && answer.status < 500) answer = await this.exchange();
    if (answer.status !== 200) {
      const refused = new Refused(answer.status, answer.body as Problem);
      if (refused.passing) throw refused;
      throw new LoginFailed(refused.message, answer.body);
    }
    const { session_token, expires_in } = answer.body as { session_token: string; expires_in: number };
    const session = { session_token, expires_at: this.clock.now() + expires_in * 1000 };
    this.session = session;
    this.platform.storage?.write(this.key, session);
    return session;
  }

  private async exchange(): Promise<HttpAnswer> {
    let code: string;
    try {
      code = await this.platform.login();
    } catch (thrown) {
      throw new LoginFailed(asPayError(thrown).message, thrown);
    }
    const request: HttpRequest = {
      method: 'POST',
      url: `${this.base_url}/client/v1/login`,
      headers: {},
      body: { appid: this.platform.appid, code },
      timeout_ms: this.timeout_ms,
    };
    return this.platform.http(request);
  }
}

function readSession(stored: unknown): Session | undefined {
  const { session_token, expires_at } = (stored ?? {}) as Partial<Session>;
  if (typeof session_token !== 'string' || typeof expires_at !== 'number') return undefined;
  return { session_token, expires_at };
}
