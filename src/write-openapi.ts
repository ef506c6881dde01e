// Writes `openapi.json` as the server would answer it; nothing is started, connected or listened to.
import 'reflect-metadata';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { INSTALL_DIR } from './config/install-dir.js';
import { previewOpenApi } from './openapi/preview.js';

writeFileSync(join(INSTALL_DIR, 'openapi.json'), await previewOpenApi());
