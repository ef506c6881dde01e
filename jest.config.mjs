// One project per size of test: unit (nothing real), medium (a real database), contract (a port on its real backend),
// e2e (the built server, black box) and chaos (kill -9 at each step). `./bay test` picks those that the machine can run.
import { readFileSync } from 'node:fs';

const swc = JSON.parse(readFileSync(new URL('.swcrc', import.meta.url), 'utf8'));

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
    project('medium', ['test/medium']),
    project('contract', ['test/contract']),
    project('e2e', ['test/e2e']),
    project('chaos', ['test/chaos']),
  ],
};
