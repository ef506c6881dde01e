import { createServer, type Server } from 'node:net';
import { Failure } from '../failure.js';
import { checkPortFree, freePort } from './port.js';

describe('the port to listen on', () => {
  let holder: Server | undefined;
  afterEach(() => holder?.close());

  it('may be used when nothing listens there', async () => {
    await expect(checkPortFree(await freePort())).resolves.toBeUndefined();
  });

  it('is refused when it is taken, with what to do instead', async () => {
    const port = await freePort();
    await new Promise<void>((resolve) => (holder = createServer().listen(port, '127.0.0.1', resolve)));
    const refusal = await checkPortFree(port).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(Failure);
    expect((refusal as Failure).message).toContain(`Port ${port} is taken`);
    expect((refusal as Failure).hints.join()).toContain(`--port ${port + 1}`);
  });
});
