import { FakeBay } from '../support/fake-bay.js';

let bay: FakeBay;
afterEach(() => bay.end());

const nobody = (path: string, headers: Record<string, string> = {}) => bay.app.http.get(path).set(headers);

describe('without a key', () => {
  it('nobody gets in by default', async () => {
    bay = await FakeBay.start();
    await nobody('/v1/sandboxes').expect(401);
  });

  it('nobody gets in where Bay serves more than this machine, whatever the configuration says', async () => {
    bay = await FakeBay.start({ BAY_SECURITY__ALLOW_ANONYMOUS: 'true', BAY_SERVER__HOST: '0.0.0.0' });
    await nobody('/v1/sandboxes').expect(401);
  });

  it('a program on this machine is the default owner and no administrator, where that is allowed', async () => {
    bay = await FakeBay.start({ BAY_SECURITY__ALLOW_ANONYMOUS: 'true' });
    const id = await bay.create();
    await nobody(`/v1/sandboxes/${id}`).expect(200);
    expect((await nobody('/v1/keys').expect(403)).body.error.details).toEqual({ scope: 'admin' });
    await nobody('/metrics').expect(403);
  });

  it('nobody else does: no web page, no name that points here, no proxy, no wrong key, no chosen owner', async () => {
    bay = await FakeBay.start({ BAY_SECURITY__ALLOW_ANONYMOUS: 'true' });
    const id = await bay.create();
    const foreign: Record<string, string>[] = [
      { Origin: 'https://evil.example' },
      { Host: 'evil.example' },
      { 'X-Forwarded-For': '10.0.0.1' },
      { Authorization: 'Bearer wrong' },
      { Authorization: 'Basic YTpi' },
    ];
    for (const headers of foreign) await nobody(`/v1/sandboxes/${id}`, headers).expect(401);
    await nobody(`/v1/sandboxes/${id}`, { 'X-Owner': 'somebody' }).expect(200);
  });
});
