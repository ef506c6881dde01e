import { Module } from '@nestjs/common';
import { GcController } from './gc.controller.js';
import { GcService } from './gc.service.js';

@Module({ controllers: [GcController], providers: [GcService] })
export class GcModule {}
