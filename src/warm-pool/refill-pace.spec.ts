import { type PaceRules, slower, startsAllowed, STEADY } from './refill-pace.js';

const RULES: PaceRules = { attempts: 3, pauseMs: 200, longestPauseMs: 300, breakerAfter: 7, sweepIntervalMs: 30_000 };
const NOW = 1_000;

const failed = (times: number) =>
  Array.from({ length: times }).reduce<typeof STEADY>((pace) => slower(pace, RULES, NOW), STEADY);

it.each([
  [1, 200],
  [2, 300],
  [3, 30_000],
  [4, 200],
  [5, 300],
  [6, 30_000],
  [7, 300_000],
  [8, 300_000],
])('after %d failures in a row the next try is %d ms away', (times, ms) => {
  expect(failed(times)).toEqual({ failures: times, failedAt: NOW, nextTryAt: NOW + ms });
});

it('never waits less after a round than after a failure in it', () => {
  const rules = { ...RULES, attempts: 1, longestPauseMs: 5_000, sweepIntervalMs: 1_000 };
  expect(slower(STEADY, rules, NOW).nextTryAt).toBe(NOW + 5_000);
});

it('allows any number while all is well, one when a try is due, and none in between or beside it', () => {
  expect(startsAllowed(STEADY, 5, NOW)).toBe(Infinity);
  expect(startsAllowed(failed(1), 0, NOW + 199)).toBe(0);
  expect(startsAllowed(failed(1), 0, NOW + 200)).toBe(1);
  expect(startsAllowed(failed(1), 1, NOW + 200)).toBe(0);
});
