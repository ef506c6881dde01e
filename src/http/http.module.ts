import { Module } from '@nestjs/common';
import { APP_FILTER, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { ErrorFilter } from './error.filter.js';
import { JsonBodyInterceptor } from './json-body.interceptor.js';
import { DtoPipe } from './validation.js';

/** What happens to every request, whatever its route: body, validation, errors. */
@Module({
  providers: [
    { provide: APP_FILTER, useClass: ErrorFilter },
    { provide: APP_INTERCEPTOR, useClass: JsonBodyInterceptor },
    { provide: APP_PIPE, useClass: DtoPipe },
  ],
})
export class HttpModule {}
