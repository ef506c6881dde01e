export * from './agent.js';
export * from './executions.js';
export * from './files.js';
