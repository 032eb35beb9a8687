/**
 * When to ask the server again. After a cashier has closed: at once, then in growing steps until the
 * window ends. The server coalesces these questions, so they cost WeChat nothing extra.
 */

export interface Schedule {
  readonly steps_ms: readonly number[];
  /** Whether the last step repeats until the window ends. */
  readonly repeats: boolean;
  /** From the cashier's return; the last question may start just before it. */
  readonly window_ms: number;
}

/** After the cashier said "paid", or nothing we understand. */
export const AFTER_OK: Schedule = {
  steps_ms: [0, 1000, 2000, 2000, 3000, 3000, 5000],
  repeats: true,
  window_ms: 30_000,
};

/** After the cashier reported an error: hardly ever a payment, so the customer need not wait long. */
export const AFTER_ERROR: Schedule = { steps_ms: [0, 1000, 2000], repeats: false, window_ms: 4_000 };

/** After a cancel: one look, because some clients report a cancel before the success. */
export const AFTER_CANCEL: Schedule = { steps_ms: [0], repeats: false, window_ms: 0 };

/** While the server still waits for WeChat's answer to the same request. */
export const WHILE_IN_PROGRESS: Schedule = { steps_ms: [0, 1000, 2000, 3000], repeats: false, window_ms: 10_000 };

/** The pause before question number `index`, or `undefined` when there is to be none. */
export function pauseBefore(schedule: Schedule, index: number, elapsed_ms: number): number | undefined {
  const last = schedule.steps_ms.length - 1;
  if (index > last && !schedule.repeats) return undefined;
  const pause = schedule.steps_ms[Math.min(index, last)] ?? 0;
  return elapsed_ms + pause > schedule.window_ms ? undefined : pause;
}
