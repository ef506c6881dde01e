import module from 'node:module';
import { setFlagsFromString } from 'node:v8';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 19)) {
  // Native parts crash on older ones instead of saying so.
  process.stderr.write(`Bay needs Node 22.19 or newer; this is ${process.versions.node}. ./bay brings its own.\n`);
  process.exit(1);
}

// V8 would let its nursery grow by 48 MiB with the first large upload and keep it, for buffers that all die young. Taken at
// the next growth, so it works at run time, too. Symptom where it is missing: 80 MiB more after a transfer of 1 GiB.
setFlagsFromString('--semi-space-growth-factor=1');

// The old generation is collected when it has grown by a quarter and not by several times its size: what comes and goes with
// each sandbox would else add up for a thousand of them before it is freed. Symptom where it is missing: a fifth more memory
// after 2,000 sandboxes than after 1,000.
setFlagsFromString('--heap-growing-percent=25');

// Before anything else is loaded: compiled code of the last start is worth half a second.
module.enableCompileCache();

const { serve } = await import('./server/serve.js');
await serve();
