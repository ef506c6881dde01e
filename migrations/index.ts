import { type MigrationInterface } from 'typeorm';
import { Platform1764000000000 } from './1764000000000-platform.js';
import { Sandboxes1764000001000 } from './1764000001000-sandboxes.js';
import { AgentVersion1764000002000 } from './1764000002000-agent-version.js';
import { Cargos1764000003000 } from './1764000003000-cargos.js';
import { Quotas1764100004000 } from './1764100004000-quotas.js';
import { ApiKeys1764100011000 } from './1764100011000-api-keys.js';
import { History1764100012000 } from './1764100012000-history.js';
import { Spares1764100013000 } from './1764100013000-spares.js';
import { Ships1764100015000 } from './1764100015000-ships.js';

/** In the order in which they run. Never change one that was released: add another. */
export const MIGRATIONS: (new () => MigrationInterface)[] = [
  Platform1764000000000,
  Sandboxes1764000001000,
  AgentVersion1764000002000,
  Cargos1764000003000,
  Quotas1764100004000,
  ApiKeys1764100011000,
  History1764100012000,
  Spares1764100013000,
  Ships1764100015000,
];
