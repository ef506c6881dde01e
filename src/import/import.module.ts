import { type DynamicModule, Module } from '@nestjs/common';
import { type Logger } from 'pino';
import { type LoadedConfig } from '../config/load-config.js';
import { DriversModule } from '../drivers/drivers.module.js';
import { PlatformModule } from '../platform.module.js';
import { SandboxesModule } from '../sandboxes/sandboxes.module.js';
import { WorkspacesModule } from '../workspaces/workspaces.module.js';
import { ImportService } from './import.service.js';

/** Takes over the rows of an older generation; not a part of the server. */
@Module({ imports: [SandboxesModule, WorkspacesModule], providers: [ImportService], exports: [ImportService] })
export class ImportModule {
  /** With all that it needs of Bay. */
  static forRoot(config: LoadedConfig, logger: Logger): DynamicModule {
    return {
      module: ImportModule,
      imports: [PlatformModule.forRoot(config, logger), DriversModule],
    };
  }
}
