import { Injectable } from '@nestjs/common';
import { Logger } from 'nestjs-pino';

/** What Nest says at each start about every module and route. */
const CHATTER: readonly unknown[] = [
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
];

/** Nest's own logger, into pino; its greetings are for `debug`. */
@Injectable()
export class FrameworkLogger extends Logger {
  override log(message: unknown, ...rest: unknown[]): void {
    if (CHATTER.includes(rest.at(-1))) super.debug(message, ...rest);
    else super.log(message, ...rest);
  }
}
