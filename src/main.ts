import { enableCompileCache } from 'node:module';

// Before anything else is loaded: compiled code of the last start is worth half a second.
enableCompileCache();

const { serve } = await import('./server/serve.js');
await serve();
