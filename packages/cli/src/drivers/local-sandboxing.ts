import { installCommand, which } from '../install-hint.js';
import { yellow, say } from '../output.js';
import { runCommand } from '../run-command.js';

/** Why local sandboxes would run without isolation, with what to do; undefined when bubblewrap works here. */
export const bubblewrapProblem = async (): Promise<string | undefined> => {
  if (process.platform !== 'linux') return 'bubblewrap is for Linux only.';
  if (!which('bwrap')) {
    return `bubblewrap is missing. Install it: ${installCommand({ apt: 'bubblewrap' })}`;
  }
  const result = await runCommand('bwrap', ['--unshare-all', '--ro-bind', '/', '/', 'true'], { timeoutMs: 5000 });
  return result.code === 0 ? undefined : 'bubblewrap cannot make namespaces for this user here.';
};

/** Says once, before the start, what local sandboxes will lack on this machine. */
export const warnAboutLocal = async (): Promise<void> => {
  const problem = await bubblewrapProblem();
  if (problem) say(yellow(`  ! local sandboxes are not isolated: ${problem}`));
  else if (!which('slirp4netns')) {
    const command = installCommand({ apt: 'slirp4netns' });
    say(yellow(`  ! local sandboxes have no way to the network: slirp4netns is missing. Install it: ${command}`));
  }
};
