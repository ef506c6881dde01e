import { isDriverPackage, isOwnDriver, unknownDriver } from './driver-names.js';

describe('names of drivers', () => {
  it.each(['bay-driver-fly', '@acme/bay', '@acme/bay-driver-fly.v2'])('%s is a package', (name) => {
    expect(isDriverPackage(name)).toBe(true);
    expect(isOwnDriver(name)).toBe(false);
  });

  it.each([
    'fly',
    'docker-hots',
    'bay-driver-',
    '@acme',
    '@acme/../up',
    './driver.js',
    '/srv/driver.js',
    'bay-driver-a/b',
  ])('%s is none', (name) => expect(isDriverPackage(name)).toBe(false));

  it.each(['docker', 'podman', 'kubernetes', 'containerd'])('%s is known, not implemented, and replaced', (name) => {
    expect(unknownDriver(name)).toEqual({
      message: `the driver ${name} is not implemented in this version.`,
      hint: expect.stringMatching(/[uU]se .*-host/),
    });
  });

  it('lists what there is for a name that nobody knows', () => {
    expect(unknownDriver('lxc')).toMatchObject({
      message: 'there is no driver lxc.',
      hint: expect.stringMatching(/^Use docker-host, podman-host/),
    });
  });
});
