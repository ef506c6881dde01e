import { type MigrationInterface } from 'typeorm';
import { CreatePlatform1795400000000 } from './1795400000000-create-platform.js';

/** In the order in which they run. Never change one that was released: add another. */
export const MIGRATIONS: (new () => MigrationInterface)[] = [CreatePlatform1795400000000];
