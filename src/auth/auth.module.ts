import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { KeysModule } from '../keys/keys.module.js';
import { AccessGuard } from './access.guard.js';
import { Authenticator } from './authenticator.js';
import { TokenKeys } from './token-keys.js';
import { Tokens } from './tokens.js';

@Module({
  imports: [KeysModule],
  providers: [Authenticator, Tokens, TokenKeys, { provide: APP_GUARD, useClass: AccessGuard }],
  exports: [Authenticator],
})
export class AuthModule {}
