import { dim, print, printTable, seconds, Step, yellow } from '../output.js';
import { apiOf } from '../server/api.js';
import { controlNotes, enforcedControls, findDriverFacts, missingControls } from '../server/driver-facts.js';
import { prove } from '../server/prove.js';
import { type RunningServer } from '../server/run-file.js';
import { type Settings } from '../settings.js';

/** Proves the server and prints where everything is. */
export const printSummary = async (settings: Settings, server: RunningServer): Promise<void> => {
  const api = apiOf(server, settings);
  const step = new Step('running Python and a shell command in a new sandbox');
  let proof;
  try {
    proof = await prove(api);
  } catch (error) {
    step.failed();
    throw error;
  }
  step.done();
  const facts = await findDriverFacts(api);
  print();
  printTable([
    ['URL', api.url],
    ['Swagger', `${api.url}/docs`],
    ['API key', settings.apiKey ? 'the configured one' : settings.data.credentials],
    ['Driver', facts && `${facts.name}, ${facts.engine}`],
    ['Enforced', facts && enforcedControls(facts).join(', ')],
    ['First result', `${seconds(proof.firstResultMs)} ${dim('from no sandbox to the output of Python')}`],
  ]);
  if (facts) {
    showLines(yellow('Not enforced here:'), missingControls(facts));
    showLines('Enforced, with a note:', controlNotes(facts));
  }
  print();
};

const showLines = (title: string, lines: readonly string[]): void => {
  if (lines.length === 0) return;
  print(`\n  ${title}`);
  for (const line of lines) print(`    ${line}`);
};
