import { Failure } from '../failure.js';
import { installCommand, which } from '../install-hint.js';
import { say, yellow } from '../output.js';
import { runCommand } from '../run-command.js';

export interface LocalProblem {
  readonly why: string;
  readonly hints: readonly string[];
}

/** Why local sandboxes cannot run here, with what to do; undefined when they can. */
export const localProblem = async (): Promise<LocalProblem | undefined> => {
  if (process.platform !== 'linux') {
    return { why: 'Local sandboxes need Linux.', hints: ['Start a Docker engine, then run this again.'] };
  }
  if (!which('bwrap')) {
    return { why: 'Local sandboxes need bubblewrap.', hints: [`Install it: ${installCommand({ apt: 'bubblewrap' })}`] };
  }
  const result = await runCommand('bwrap', ['--unshare-all', '--ro-bind', '/', '/', 'true'], { timeoutMs: 5000 });
  if (result.code === 0) return undefined;
  return {
    why: 'bubblewrap cannot make namespaces for this user on this machine.',
    hints: [result.output.trim(), 'Allow unprivileged user namespaces, or start a Docker engine.'],
  };
};

/** Throws where local sandboxes cannot run, and says what they will lack where they can. */
export const checkLocal = async (): Promise<void> => {
  const problem = await localProblem();
  if (problem) throw new Failure(problem.why, problem.hints);
  if (which('slirp4netns')) return;
  const command = installCommand({ apt: 'slirp4netns' });
  say(yellow(`  ! sandboxes will have no way to the network: slirp4netns is missing. Install it: ${command}`));
};
