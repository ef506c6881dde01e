import { describeDriver } from './driver.contract.js';
import { ownPodman, podmanBackend } from './podman.backend.js';

const podman = ownPodman();

await describeDriver(podmanBackend(podman));
await describeDriver(podmanBackend(podman, 'published port'));
