import { type Server } from 'node:http';
import { type NestExpressApplication } from '@nestjs/platform-express';

/** Calls that run get this long to end, ms; then their connections are cut. Longer ones resume by their execution's id. */
const FINISH_MS = 8_000;
/** How often connections that became idle are closed, ms. */
const POLL_MS = 50;

/** Stops accepting, lets running calls end, then stops jobs and closes the database. */
export async function closeGracefully(app: NestExpressApplication): Promise<void> {
  const server: Server = app.getHttpServer();
  const drained = new Promise<void>((resolve) => server.close(() => resolve()));
  const idle = setInterval(() => server.closeIdleConnections(), POLL_MS);
  const cut = setTimeout(() => server.closeAllConnections(), FINISH_MS);
  try {
    await drained;
  } finally {
    clearInterval(idle);
    clearTimeout(cut);
  }
  await app.close();
}
