import { podmanSocket } from './podman-socket.js';

describe('podmanSocket', () => {
  it.each([
    [0, {}, 'unix:///run/podman/podman.sock'],
    [0, { XDG_RUNTIME_DIR: '/run/user/0' }, 'unix:///run/podman/podman.sock'],
    [1001, { XDG_RUNTIME_DIR: '/tmp/own' }, 'unix:///tmp/own/podman/podman.sock'],
    [1001, {}, 'unix:///run/user/1001/podman/podman.sock'],
  ])('of uid %i with %j is %s', (uid, env, expected) => {
    expect(podmanSocket(env, uid)).toBe(expected);
  });
});
