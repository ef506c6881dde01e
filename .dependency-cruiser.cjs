// Dependencies point one way: controllers -> domain services -> drivers | runtimes | repositories -> shared.
const only = (name, from, to, comment) => ({ name, severity: 'error', comment, from, to });

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    only('no-cycles', {}, { circular: true }, 'A cycle hides which part knows which.'),
    only('no-orphans', { orphan: true, pathNot: ['\\.spec\\.ts$', '\\.d\\.ts$', 'build\\.mjs$'] }, {}, 'Dead file.'),
    only(
      'shared-is-the-floor',
      { path: '^src/shared/' },
      { path: '^src/(?!shared/)' },
      'shared imports nothing from src.',
    ),
    only(
      'typeorm-stays-in-repositories',
      {
        path: '^src/',
        pathNot: ['\\.repository\\.ts$', '\\.entity\\.ts$', '^src/database/', '\\.module\\.ts$', '\\.spec\\.ts$'],
      },
      { path: 'node_modules/(@nestjs/)?typeorm' },
      'Only repositories, entities and database speak SQL.',
    ),
    only(
      'dockerode-stays-in-its-driver',
      { path: '^src/', pathNot: '^src/drivers/engine/' },
      { path: 'node_modules/dockerode' },
    ),
    only(
      'repositories-are-private',
      { path: '^src/([^/]+)/' },
      { path: '^src/([^/]+)/[^/]+\\.(repository|entity)\\.ts$', pathNot: '^src/$1/' },
      "No module imports another module's repository or entity.",
    ),
    only(
      'drivers-know-no-domain',
      { path: '^src/(drivers|runtimes)/' },
      { path: '^src/(sandboxes|sessions|workspaces|capabilities|idempotency|warm-pool)/' },
    ),
    only(
      'platform-knows-no-domain',
      { path: '^src/(config|http|auth|scheduling|telemetry)/' },
      { path: '^src/(sandboxes|sessions|workspaces|capabilities|idempotency|warm-pool|drivers|runtimes)/' },
    ),
    only('no-tests-in-product', { path: '^src/', pathNot: '\\.spec\\.ts$' }, { path: '(^test/|\\.spec\\.ts$)' }),
    only(
      'no-dev-dependencies',
      { path: '^src/', pathNot: '\\.spec\\.ts$' },
      { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '/dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
