import { type ExecutionEvent } from '@bay/protocol';
import { ExecutionOutput } from './execution-output.js';

const exit: ExecutionEvent = {
  seq: 99,
  type: 'exit',
  outcome: 'ok',
  exit_code: 0,
  execution_count: 7,
  state_lost: false,
  duration_ms: 1,
  message: null,
};

function gathered(events: ExecutionEvent[], limit = 1_000): ExecutionOutput {
  const output = new ExecutionOutput(limit);
  for (const event of events) output.add(event);
  return output;
}

describe('the output of an execution', () => {
  it('keeps the streams apart, and together in the order they came', () => {
    const output = gathered([
      { seq: 1, type: 'stdout', text: 'a' },
      { seq: 2, type: 'stderr', text: 'b' },
      { seq: 3, type: 'stdout', text: 'c' },
      { seq: 4, type: 'result', data: { 'text/plain': 'd' }, execution_count: 3 },
    ]);
    expect(output).toMatchObject({ text: 'abcd', stdout: 'ac', stderr: 'b', executionCount: 3, truncated: false });
  });

  it('shows a picture as a picture and everything else as text, too', () => {
    const png = { 'image/png': 'aGk=', 'text/plain': '<Figure>' };
    const html = { 'text/html': '<b>', 'text/plain': 'bold' };
    const output = gathered([
      { seq: 1, type: 'display', data: png },
      { seq: 2, type: 'display', data: html },
    ]);
    expect(output.text).toBe('bold');
    expect(output.displays).toEqual([png, html]);
  });

  it('is cut at its limit, and says so', () => {
    const output = gathered(
      [
        { seq: 1, type: 'stdout', text: 'x'.repeat(12) },
        { seq: 2, type: 'stdout', text: 'y' },
      ],
      10,
    );
    expect(output).toMatchObject({ text: 'xxxxxxxxxx', truncated: true });
  });

  it('says when the agent no longer held a part of it', () => {
    expect(gathered([{ seq: 1, type: 'gap', dropped_bytes: 5 }]).truncated).toBe(true);
  });

  it('keeps a hundred displays and drops the rest', () => {
    const display = (seq: number): ExecutionEvent => ({ seq, type: 'display', data: { 'text/plain': '.' } });
    const output = gathered(Array.from({ length: 101 }, (_, index) => display(index + 1)));
    expect(output.displays).toHaveLength(100);
    expect(output.truncated).toBe(true);
  });

  it('counts an event that is repeated after a broken connection once', () => {
    const output = gathered([{ seq: 1, type: 'stdout', text: 'once' }, { seq: 1, type: 'stdout', text: 'once' }, exit]);
    expect(output).toMatchObject({ text: 'once', cursor: 99, exit, executionCount: 7 });
  });
});
