// One project per size of test: unit (nothing real), medium (a real database), contract (a port on its real backend),
// e2e (the built server, black box) and chaos (kill -9 at each step). `./bay test` picks those that the machine can run.
import { readFileSync } from 'node:fs';
import { postgresAbsence } from './test/support/postgres-cluster.mjs';

const swc = JSON.parse(readFileSync(new URL('.swcrc', import.meta.url), 'utf8'));

/** Suites that need PostgreSQL find one that was started for the whole run. */
const withPostgres = {
  globalSetup: '<rootDir>/test/support/postgres-set-up.mjs',
  globalTeardown: '<rootDir>/test/support/postgres-tear-down.mjs',
};

const project = (displayName, roots, extra = {}) => ({
  displayName,
  roots: roots.map((root) => `<rootDir>/${root}`),
  testEnvironment: 'node',
  testMatch: ['**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: ['/dist/', '<rootDir>/.bay/'],
  extensionsToTreatAsEsm: ['.ts'],
  setupFiles: ['reflect-metadata'],
  transform: { '^.+\\.ts$': ['@swc/jest', { ...swc, swcrc: false }] },
  moduleNameMapper: {
    '^@bay/protocol$': '<rootDir>/packages/protocol/src/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  ...extra,
});

export default {
  // A hang ends a test, a busy machine does not.
  testTimeout: 30_000,
  projects: [
    project('unit', ['src', 'packages', 'runtimes']),
    project('medium', ['test/medium'], { testPathIgnorePatterns: ['/postgres-[^/]*$'] }),
    project('medium-postgres', ['test/medium'], {
      ...(postgresAbsence() === null ? {} : { testMatch: ['**/postgres-presence.spec.ts'] }),
      ...withPostgres,
      // Of SQLite alone, and what is the same on any database.
      testPathIgnorePatterns: ['/(sqlite-[^/]*|http|openapi[^/]*|routes|tracing)\\.spec\\.ts$'],
      setupFiles: ['reflect-metadata', '<rootDir>/test/support/on-postgres.mjs'],
    }),
    project('contract', ['test/contract']),
    project('e2e', ['test/e2e'], withPostgres),
    project('chaos', ['test/chaos']),
  ],
};
