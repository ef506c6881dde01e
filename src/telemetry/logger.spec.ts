import { createLogger } from './logger.js';

const logged = (value: object): string => {
  const lines: string[] = [];
  const logger = createLogger({ logLevel: 'info', prettyLogs: false }, { write: (line) => void lines.push(line) });
  logger.info(value, 'message');
  return lines.join('');
};

describe('the log', () => {
  it('is one JSON object a line, with the level by name', () => {
    expect(JSON.parse(logged({ a: 1 }))).toEqual({
      level: 'info',
      time: expect.stringMatching(/Z$/),
      a: 1,
      msg: 'message',
    });
  });

  it.each([
    { authorization: 'Bearer hush' },
    { headers: { authorization: 'Bearer hush' } },
    { req: { headers: { authorization: 'Bearer hush' } } },
    { security: { apiKey: 'hush' } },
    { credentials: { api_key: 'hush' } },
    { spec: { member: { secret: 'hush' } } },
    { container: { env: { PASSWORD: 'hush' } } },
  ])('holds no secret of %j', (value) => expect(logged(value)).not.toContain('hush'));
});
