import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { IdempotencyModule } from '../idempotency/idempotency.module.js';
import { ApiKeyEntity } from './api-key.entity.js';
import { KeysController } from './keys.controller.js';
import { KeysRepository } from './keys.repository.js';
import { KeysService } from './keys.service.js';
import { KnownKeys } from './known-keys.js';
import { SealedSecrets } from './sealed-secrets.js';

@Module({
  imports: [IdempotencyModule, TypeOrmModule.forFeature([ApiKeyEntity])],
  controllers: [KeysController],
  providers: [KeysService, KeysRepository, KnownKeys, SealedSecrets],
  exports: [KnownKeys],
})
export class KeysModule {}
