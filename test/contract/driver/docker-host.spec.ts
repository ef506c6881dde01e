import { describeDriver } from './driver.contract.js';
import { dockerBackend } from './docker.backend.js';

await describeDriver(dockerBackend());
await describeDriver(dockerBackend('published port'));
