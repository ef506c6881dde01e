import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { KeysModule } from '../keys/keys.module.js';
import { AccessGuard } from './access.guard.js';
import { Authenticator } from './authenticator.js';

@Module({
  imports: [KeysModule],
  providers: [Authenticator, { provide: APP_GUARD, useClass: AccessGuard }],
  exports: [Authenticator],
})
export class AuthModule {}
