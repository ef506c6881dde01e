import { type DestinationStream, pino, type Logger, type LoggerOptions } from 'pino';
import { type TelemetryConfig } from '../config/slices.js';

/** Names under which a secret might be logged by mistake, at any depth that occurs. */
const SECRETS = ['authorization', 'apiKey', 'api_key', 'instanceKey', 'secret', 'token', 'env'];

type LogConfig = Pick<TelemetryConfig, 'logLevel' | 'prettyLogs'>;

/** JSON lines on standard output; coloured ones for people when asked for. */
export function createLogger({ logLevel, prettyLogs }: LogConfig, destination?: DestinationStream): Logger {
  const options: LoggerOptions = {
    level: logLevel,
    base: undefined,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[secret]' },
    ...(prettyLogs ? { transport: { target: 'pino-pretty', options: { translateTime: 'SYS:HH:MM:ss.l' } } } : {}),
  };
  return destination ? pino(options, destination) : pino(options);
}
