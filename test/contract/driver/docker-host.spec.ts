import { describeDriver } from './driver.contract.js';
import { dockerBackend } from './docker.harness.js';

await describeDriver(dockerBackend());
await describeDriver(dockerBackend('published port'));
