import { type Dialect } from './dialect.js';
import { SharedBridge } from './shared-bridge.js';

export const dockerDialect: Dialect = {
  product: 'Docker',
  program: 'docker',
  logConfig: { Type: 'json-file', Config: { 'max-size': '1m', 'max-file': '1' } },
  ulimits: () => [],
  labelsImpliedVolumes: true,
  networks: (engine, installationId) => new SharedBridge(engine, installationId),
};
