import { Failure } from '../failure.js';
import { bold, dim, green, print, red, say, seconds, yellow } from '../output.js';
import { readSettings, type Settings } from '../settings.js';
import { type Outcome, type Project, PROJECTS, runJest } from '../testing/jest-runner.js';
import { type Engine, prepareEngines } from '../testing/prepare-engines.js';

/** Projects in which nothing real is started. */
const WITHOUT_ENGINES: readonly Project[] = ['unit', 'medium', 'medium-postgres'];

/** Runs the tests that this machine can run, says what was left out and why, and ends with one line of sums. */
export const test = async (flags: { only?: string[] }, jestArgs: readonly string[]): Promise<void> => {
  const projects = chosenProjects(flags.only);
  const settings = await readSettings();
  const needsEngines = projects.some((project) => !WITHOUT_ENGINES.includes(project));
  const engines = needsEngines ? await prepareEngines(settings) : [];
  const required = (process.env['BAY_TEST_REQUIRE'] ?? '').split(',').filter(Boolean);
  showEngines(engines, required);

  const outcomes = new Map<Project, Outcome>();
  for (const project of projects) {
    say(`\n${bold(project)}`);
    outcomes.set(project, await runJest(project, jestArgs, testEnv(settings)));
  }
  // The suites of a required engine fail by themselves; this line names the cause once.
  const missing = engines.filter(({ name, absence }) => absence !== null && required.includes(name));
  report(outcomes, missing);
};

const chosenProjects = (only: readonly string[] | undefined): Project[] => {
  if (!only) return [...PROJECTS];
  const names = only.flatMap((value) => value.split(','));
  const unknown = names.filter((name) => !PROJECTS.some((project) => project === name));
  if (unknown.length > 0)
    throw new Failure(`There is no suite ${unknown.join(', ')}.`, [`There are: ${PROJECTS.join(', ')}`]);
  return PROJECTS.filter((project) => names.includes(project));
};

/** What the suites are told: where Python for local sandboxes is, and nothing of how this machine's own Bay is set up. */
const testEnv = (settings: Settings): NodeJS.ProcessEnv => {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(BAY_(?!TEST_)|PORT$|CONTAINER_DRIVER$|ACCESS_TOKEN)/.test(name),
  );
  return { ...Object.fromEntries(own), BAY_TEST_PYTHON: settings.localPython };
};

const showEngines = (engines: readonly Engine[], required: readonly string[]): void => {
  for (const { name, absence } of engines) {
    if (absence === null) say(`  ${green('✓')} ${name}`);
    else say(`  ${required.includes(name) ? red('✗') : yellow('-')} ${name}: ${absence}`);
  }
};

const report = (outcomes: ReadonlyMap<Project, Outcome>, missing: readonly Engine[]): void => {
  print();
  for (const [project, { passed, failed, skipped, durationMs, problem }] of outcomes) {
    const sums = `${passed} passed, ${failed} failed, ${skipped} skipped`;
    print(`  ${failed ? red('✗') : green('✓')} ${project.padEnd(15)} ${sums} ${dim(`(${seconds(durationMs)})`)}`);
    if (problem) print(`    ${problem}`);
  }
  for (const reason of new Set([...outcomes.values()].flatMap(({ reasons }) => reasons))) print(`  ${yellow(reason)}`);
  for (const { name, absence } of missing) print(`  ${red(`required, but absent: ${name} (${absence})`)}`);

  const sum = (pick: (outcome: Outcome) => number): number =>
    [...outcomes.values()].reduce((all, one) => all + pick(one), 0);
  const failed = sum((outcome) => outcome.failed) + missing.length;
  const skipped = sum((outcome) => outcome.skipped);
  print(`\n${sum((outcome) => outcome.passed)} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`);
  process.exitCode = failed === 0 ? 0 : 1;
};
