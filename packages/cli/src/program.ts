import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { ROOT } from './paths.js';

/** The commands of `./bay`. What each needs is imported when it runs, so that the others start at once. */
export const makeProgram = (): Command => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  const program = new Command('bay')
    .description('Bay gives AI agents a computer of their own: sandboxes with Python, a shell and files.')
    .version(version)
    .showHelpAfterError('Run ./bay --help to see what there is.')
    .helpCommand(false);
  addServing(program);
  addDeveloping(program);
  return program;
};

const addServing = (program: Command): void => {
  program
    .command('up')
    .description('start Bay, prove it in a sandbox and say where it is')
    .option('--port <number>', 'where to listen (default 8114)', port)
    .option('--config <file>', 'configuration file (YAML)')
    .option(
      '--driver <name>',
      'docker-host, podman-host or local; without it: Docker where an engine answers, else local',
    )
    .option('--detach', 'return when it is ready')
    .action(async (flags) => (await import('./commands/up.js')).up(flags));
  program
    .command('down')
    .description('stop the running sandboxes (their files stay) and Bay')
    .option('--keep-sandboxes', 'leave the sandboxes running; the next start finds them again')
    .action(async (flags) => (await import('./commands/down.js')).down(flags));
  program
    .command('status')
    .description('say whether Bay runs; exit code 0 when it is ready, 3 when not')
    .option('--json', 'for programs')
    .action(async (flags) => (await import('./commands/status.js')).status(flags));
  program
    .command('logs')
    .description('show the log of Bay')
    .option('-f, --follow', 'and what comes, until Ctrl-C')
    .option('-n, --lines <number>', 'how many lines', lineCount, 100)
    .action(async (flags) => (await import('./commands/logs.js')).logs(flags));
  program
    .command('import')
    .description('take over the cargos and sandboxes of an older generation (Bay must not run)')
    .requiredOption('--from <database>', 'its SQLite database: a file or sqlite+aiosqlite:/// URL')
    .option('--dry-run', 'only say what would be taken over')
    .option('--config <file>', 'configuration file (YAML)')
    .option('--driver <name>', 'as for up')
    .action(async (flags) => (await import('./commands/import.js')).importOlder(flags));
  program.command('env').description('print the PATH with the Node that Bay runs on: eval "$(./bay env)"');
};

const addDeveloping = (program: Command): void => {
  program
    .command('test')
    .description('run the tests on whatever engines this machine has')
    .option('--only <suites...>', 'some of: unit, medium, contract, e2e, chaos')
    .argument('[jest arguments...]', 'after --, for Jest')
    .action(async (args, flags) => (await import('./commands/test.js')).test(flags, args));
  program
    .command('bench')
    .description('measure Bay against the floor of this machine')
    .helpOption(false)
    .allowUnknownOption()
    .argument('[arguments...]')
    .action(async (args) => (await import('./commands/bench.js')).bench(args));
  program
    .command('build')
    .description('build the images of sandboxes')
    .option('--no-cache', 'from the ground')
    .action(async (flags) => (await import('./commands/build.js')).build(flags));
  program
    .command('openapi')
    .description('write openapi.json from the code')
    .option('--check', 'only say whether it is up to date')
    .action(async (flags) => (await import('./commands/openapi.js')).openapi(flags));
};

const port = (value: string): number => {
  const number = Number(value);
  if (Number.isInteger(number) && number >= 1 && number <= 65_535) return number;
  throw new InvalidArgumentError('It has to be a number from 1 to 65535.');
};

const lineCount = (value: string): number => {
  const number = Number(value);
  if (Number.isInteger(number) && number >= 0) return number;
  throw new InvalidArgumentError('It has to be a whole number.');
};
