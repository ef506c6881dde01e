// Loaded into a server by --import: at SIGUSR2 it collects all garbage, and writes down what memory is still in use.
// Without that nobody could tell a leak from garbage that lies because there is room.
import { renameSync, writeFileSync } from 'node:fs';

const file = process.env.TEST_MEMORY_FILE;

process.on('SIGUSR2', () => {
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  writeFileSync(`${file}.new`, JSON.stringify({ bytes: heapUsed + external }));
  renameSync(`${file}.new`, file);
});
