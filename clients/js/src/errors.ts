/** Why something did not work, as a value. */

/** RFC 9457 problem document, as our server writes it. */
export interface Problem {
  readonly type?: string;
  readonly title?: string;
  readonly status?: number;
  readonly detail?: string;
  readonly code?: string;
}

export interface PayError {
  /**
   * `network`: no answer came. `login`: WeChat or our server refused the login. `cashier`: the cashier
   * reported something other than success or cancel. Anything else is the `code` of the server's problem
   * document, or `http_<status>` when it sent none.
   */
  readonly code: string;
  /** For a developer or a support person; pages should have words of their own. */
  readonly message: string;
  /** What was received, as it was. */
  readonly raw?: unknown;
}

/** The server answered, and it was no. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly problem: Problem,
  ) {
    super(problem.detail ?? problem.title ?? `HTTP ${status}`);
    this.name = 'Refused';
  }

  get code(): string {
    return this.problem.code ?? `http_${this.status}`;
  }

  /** Whether the same request may succeed later without anyone changing anything. */
  get passing(): boolean {
    return this.status >= 500 || this.status === 429 || this.code === 'in_progress';
  }
}

/** `wx.login` failed, or our server did not accept its code even once renewed. */
export class LoginFailed extends Error {
  constructor(
    message: string,
    readonly raw: unknown,
  ) {
    super(message);
    this.name = 'LoginFailed';
  }
}

export function asPayError(thrown: unknown): PayError {
  if (thrown instanceof Refused) {
    return { code: thrown.code, message: thrown.message, raw: thrown.problem };
  }
  if (thrown instanceof LoginFailed) {
    return { code: 'login', message: thrown.message, raw: thrown.raw };
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { code: 'network', message, raw: thrown };
}

/** A second try of the same act can help: nothing was refused for good. */
export function isRetryable(thrown: unknown): boolean {
  return thrown instanceof Refused ? thrown.passing : true;
}
