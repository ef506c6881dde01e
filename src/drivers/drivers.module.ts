import { Global, Inject, Logger, Module, type OnApplicationShutdown } from '@nestjs/common';
import { DriverConfig, ServerConfig } from '../config/slices.js';
import { InstallationId } from '../database/installation.js';
import { chooseDriver, loadDriver } from './catalog.js';
import { DriverCheck } from './driver.check.js';
import { DriverController } from './driver.controller.js';
import { type Driver } from './driver.js';
import { DRIVER } from './driver.token.js';
import { recallDriver, rememberDriver } from './remembered-driver.js';

/** Offers the one {@link Driver} under {@link DRIVER}, chosen once at the start. It may be there while its engine is not. */
@Global()
@Module({
  controllers: [DriverController],
  providers: [
    DriverCheck,
    {
      provide: DRIVER,
      inject: [DriverConfig, ServerConfig, InstallationId],
      useFactory: async (
        config: DriverConfig,
        { dataDir }: ServerConfig,
        { value: installationId }: InstallationId,
      ): Promise<Driver> => {
        const choice = { name: config.name, dockerHost: config.dockerHost, remembered: recallDriver(dataDir) };
        const { name } = await chooseDriver(choice, new Logger('Drivers'));
        rememberDriver(dataDir, name);
        const create = await loadDriver(name);
        return create({ config, dataDir, installationId });
      },
    },
  ],
  exports: [DRIVER],
})
export class DriversModule implements OnApplicationShutdown {
  constructor(@Inject(DRIVER) private readonly driver: Driver) {}

  /** Sandboxes go on running. */
  async onApplicationShutdown(): Promise<void> {
    await this.driver.close();
  }
}
