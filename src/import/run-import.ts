import { NestFactory } from '@nestjs/core';
import { loadConfig, type Surroundings } from '../config/load-config.js';
import { DataDirLock } from '../database/data-dir-lock.js';
import { BayError } from '../shared/errors.js';
import { createLogger } from '../telemetry/logger.js';
import { type ImportReport } from './import-report.js';
import { ImportModule } from './import.module.js';
import { ImportService } from './import.service.js';
import { readOlderDatabase } from './older-database.js';

export interface ImportRequest extends Surroundings {
  /** Path or URL of the older generation's SQLite database. */
  readonly from: string;
  /** A relative `from` starts here. */
  readonly fromDir: string;
  readonly dryRun: boolean;
}

/**
 * Takes the rows of an older generation's database into this installation's. The data directory's lock keeps it and a Bay apart; nothing
 * is served and no job runs meanwhile.
 */
export async function runImport({ from, fromDir, dryRun, ...surroundings }: ImportRequest): Promise<ImportReport> {
  const rows = readOlderDatabase(from, fromDir);
  const config = loadConfig(surroundings);
  const lock = DataDirLock.take(config.server.dataDir);
  if (!lock) throw new BayError('conflict', 'Bay runs on this data directory. Stop it with ./bay down, then import.');
  try {
    const logger = createLogger({ logLevel: 'silent', prettyLogs: false });
    // Not initialised: its parts are there, and none of its jobs begins.
    const app = await NestFactory.create(ImportModule.forRoot(config, logger), { logger: false, abortOnError: false });
    try {
      return await app.get(ImportService).run(rows, { dryRun });
    } finally {
      await app.close();
    }
  } finally {
    lock.release();
  }
}
