import type Docker from 'dockerode';
import { createPodmanHost } from '../../../src/drivers/engine/host-drivers.js';
import { podmanDialect } from '../../../src/drivers/engine/podman.dialect.js';
import { podmanAbsence, PodmanService } from '../../support/podman-service.js';
import { loadShipImage, shipImageAbsence } from '../../support/ship-archive.js';
import { type Availability, type DriverBackend } from './driver.harness.js';
import { EngineHarness, type Form, IMAGE, makeDataDir, type TestedEngine } from './engine.harness.js';
import { TEST_MS } from './world.js';

/** A Podman of the file's own, started when it is first needed: rootful when root runs the tests, else rootless. */
export function ownPodman(): () => Promise<PodmanService> {
  let started: Promise<PodmanService> | null = null;
  afterAll(async () => {
    await (await started)?.stop();
  }, 2 * TEST_MS);
  return () => (started ??= startWithImage());
}

export function podmanBackend(podman: () => Promise<PodmanService>, form?: Form): DriverBackend {
  return {
    driver: 'podman-host',
    ...(form && { form }),
    availability,
    open: async () => {
      const { address } = await podman();
      return new EngineHarness({ ...PODMAN, address, form }, await makeDataDir());
    },
  };
}

async function startWithImage(): Promise<PodmanService> {
  const service = await PodmanService.start();
  try {
    await loadShipImage(IMAGE, service.address);
    return service;
  } catch (error) {
    await service.stop();
    throw error;
  }
}

const PODMAN: Omit<TestedEngine, 'form' | 'address'> = {
  name: 'podman-host',
  dialect: podmanDialect,
  create: createPodmanHost,
  // Docker's form of the answer leaves it out.
  logLimitBytes: async (docker, id) => {
    const { HostConfig } = await libpodInspect(docker, id);
    const [, count, unit] = /^([\d.]+)([kM]?)B$/.exec(HostConfig.LogConfig.Size) ?? [];
    return Number(count) * (unit === 'M' ? 1_000_000 : unit === 'k' ? 1_000 : 1);
  },
};

interface LibpodContainer {
  readonly HostConfig: { readonly LogConfig: { readonly Size: string } };
}

const libpodInspect = (docker: Docker, id: string): Promise<LibpodContainer> =>
  new Promise((resolve, reject) => {
    const request = { path: `/v4.0.0/libpod/containers/${id}/json`, method: 'GET', statusCodes: { 200: true } };
    docker.modem.dial(request, (error: unknown, answer: unknown) => {
      if (error) reject(error as Error);
      else resolve(answer as LibpodContainer);
    });
  });

async function availability(): Promise<Availability> {
  const reason = (await podmanAbsence()) ?? (await shipImageAbsence(IMAGE));
  return reason === null ? { available: true } : { available: false, reason };
}
