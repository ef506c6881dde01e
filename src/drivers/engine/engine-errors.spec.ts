import { type CalledEngine, engineError, fileError } from './engine-errors.js';

const refusal = (statusCode: number): Error => Object.assign(new Error('no space left on device'), { statusCode });
const systemError = (code: string): Error => Object.assign(new Error(code), { code });

const engine: CalledEngine = { address: 'unix:///x.sock', program: 'docker' };

describe('engineError', () => {
  it.each([
    'ENOENT',
    'ECONNREFUSED',
    'EACCES',
    'ECONNRESET',
    'EPIPE',
    'ENOTFOUND',
    'ETIMEDOUT',
    'HPE_INVALID_CONSTANT',
  ])('says that the engine is unavailable when the connection fails with %s', (code) => {
    const error = engineError(engine, 'list containers', systemError(code));
    expect(error).toMatchObject({ code: 'driver_unavailable', retryAfterMs: expect.any(Number) });
    expect(error.message).toMatch(/^The engine at unix:\/\/\/x\.sock does not answer: /);
  });

  it('tells how to get in when the user may not', () => {
    expect(engineError(engine, 'x', systemError('EACCES')).message).toContain('Add the user to');
    const podman = engineError({ ...engine, program: 'podman' }, 'x', systemError('EACCES'));
    expect(podman.message).toContain('CONTAINER_HOST');
  });

  it('tells how to start what is not there', () => {
    expect(engineError(engine, 'x', systemError('ENOENT')).message).toContain('CONTAINER_DRIVER=local');
    const podman = engineError({ ...engine, program: 'podman' }, 'x', systemError('ENOENT'));
    expect(podman.message).toContain('podman.socket');
  });

  it.each([
    [500, 'driver_unavailable'],
    [503, 'driver_unavailable'],
    [400, 'internal_error'],
    [409, 'internal_error'],
  ])('reads the status %i and never the words', (status, code) => {
    expect(engineError(engine, 'x', refusal(status))).toMatchObject({ code });
  });

  it('passes on what has nothing to do with the engine', () => {
    const bug = new TypeError('x is undefined');
    expect(engineError(engine, 'x', bug)).toBe(bug);
  });
});

describe('fileError', () => {
  it.each([
    ['ENOSPC', 'insufficient_storage'],
    ['EDQUOT', 'insufficient_storage'],
    ['EACCES', 'internal_error'],
  ])('%s is %s', (code, expected) => {
    expect(fileError('make a directory', systemError(code))).toMatchObject({ code: expected });
  });
});
