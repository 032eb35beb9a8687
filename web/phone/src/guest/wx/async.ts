/**
 * The convention of nearly every `wx` function: callbacks or a promise, `errMsg`, `complete` last.
 */

export interface Callbacks {
  success?: (result: Result) => void;
  fail?: (result: Result) => void;
  complete?: (result: Result) => void;
}

export type Options = Callbacks & Record<string, unknown>;
export type Result = { errMsg: string } & Record<string, unknown>;

/** Thrown by an implementation; becomes `<api>:fail <detail>`. */
export class ApiFailure extends Error {
  constructor(
    readonly detail: string,
    readonly extra: Record<string, unknown> = {},
  ) {
    super(detail);
  }
}

export type Implementation = (options: Options) => object | void | Promise<object | void>;

/**
 * Wraps `act` as WeChat would offer it: a promise when, and only when, none of the three callbacks was
 * passed. A callback that throws is the program's own error; the other callbacks still run.
 */
export function api(name: string, act: Implementation): (options?: Options) => Promise<Result> | undefined {
  return (options = {}) => {
    const outcome = run(name, act, options);
    if (!options.success && !options.fail && !options.complete) {
      return outcome.then((settled) => {
        if (settled.ok) return settled.result;
        // The typings promise an error object with `errMsg`; a bare object is what WeChat rejects with.
        throw settled.result;
      });
    }
    void outcome.then((settled) => deliver(options, settled));
    return undefined;
  };
}

export interface Settled {
  readonly ok: boolean;
  readonly result: Result;
}

export async function run(name: string, act: Implementation, options: Options): Promise<Settled> {
  try {
    return { ok: true, result: { errMsg: `${name}:ok`, ...(await act(options)) } };
  } catch (thrown) {
    return { ok: false, result: failure(name, thrown) };
  }
}

export function deliver(options: Callbacks, { ok, result }: Settled): void {
  protect(ok ? options.success : options.fail, result);
  protect(options.complete, result);
}

function failure(name: string, thrown: unknown): Result {
  const { detail, extra } =
    thrown instanceof ApiFailure
      ? thrown
      : { detail: thrown instanceof Error ? thrown.message : String(thrown), extra: {} };
  return { errMsg: `${name}:fail${detail === '' ? '' : ` ${detail}`}`, ...extra };
}

function protect(callback: ((result: Result) => void) | undefined, result: Result): void {
  try {
    callback?.(result);
  } catch (thrown) {
    // Reported like any uncaught error, but later: now it would keep `complete` from running.
    queueMicrotask(() => {
      throw thrown;
    });
  }
}

/** What WeChat calls the type of a value in its messages. */
export function typeName(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

/** Refuses a parameter of the wrong type with WeChat's sentence. */
export function expectType(name: string, value: unknown, type: 'String' | 'Object' | 'Number'): void {
  if (typeName(value) === type) return;
  throw new ApiFailure(`parameter error: parameter.${name} should be ${type} instead of ${typeName(value)};`);
}
