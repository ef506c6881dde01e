import { formatLogLine } from './log-line.js';

describe('a line of the log', () => {
  it('shows level, message and facts, and leaves out what everybody knows', () => {
    const line = formatLogLine(
      JSON.stringify({ level: 40, time: 0, pid: 7, hostname: 'h', msg: 'careful', path: '/v1', status: 503 }),
    );
    expect(line).toMatch(/^\d\d:\d\d:\d\d WARN {2}careful {2}path=\/v1 status=503$/);
  });

  it('knows levels as words and as numbers', () => {
    const line = (level: unknown): string => formatLogLine(JSON.stringify({ level, time: 0, msg: 'm' })).slice(9);
    expect(line('info')).toBe('INFO  m');
    expect(line(30)).toBe('INFO  m');
    expect(line('loud')).toBe('?     m');
  });

  it('shows why something went wrong, with the stack of errors only', () => {
    const err = { message: 'no engine', stack: 'Error: no engine\n    at there (file.js:1:1)' };
    expect(formatLogLine(JSON.stringify({ level: 40, time: 0, msg: 'trying again', err }))).toMatch(
      /trying again: no engine$/,
    );
    expect(formatLogLine(JSON.stringify({ level: 50, time: 0, msg: 'gave up', err }))).toMatch(
      /gave up: no engine\n {4}at there \(file\.js:1:1\)$/,
    );
  });

  it.each(['Error: no record', '{"level":30,"msg":"cut o'])('leaves %j as it is', (line) => {
    expect(formatLogLine(line)).toBe(line);
  });
});
