import { type DynamicModule, Module } from '@nestjs/common';
import { type Logger } from 'pino';
import { CargosModule } from './cargos/cargos.module.js';
import { CapabilitiesModule } from './capabilities/capabilities.module.js';
import { type LoadedConfig } from './config/load-config.js';
import { DriversModule } from './drivers/drivers.module.js';
import { GcModule } from './gc/gc.module.js';
import { PlatformModule } from './platform.module.js';
import { SandboxesModule } from './sandboxes/sandboxes.module.js';
import { WarmPoolModule } from './warm-pool/warm-pool.module.js';
import { ShipsModule } from './ships/ships.module.js';

@Module({})
export class AppModule {
  static forRoot(config: LoadedConfig, logger: Logger): DynamicModule {
    return {
      module: AppModule,
      imports: [
        PlatformModule.forRoot(config, logger),
        DriversModule,
        SandboxesModule,
        CapabilitiesModule,
        CargosModule,
        GcModule,
        WarmPoolModule,
        ShipsModule,
      ],
    };
  }
}
