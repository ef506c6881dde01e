import { describeOnEachDriver } from '../support/engines.js';
import { expectError } from '../support/error-envelope.js';
import { eventually } from '../support/eventually.js';
import { useBay } from '../support/use-bay.js';

await describeOnEachDriver('shell/exec', (driver) => {
  const bay = useBay({ driver });
  const client = () => bay().client;
  let id: string;
  beforeAll(async () => {
    ({ id } = await client().create());
  });

  const runIn = (cwd: string) =>
    client().call('POST', `/v1/sandboxes/${id}/shell/exec`, { json: { command: 'pwd', cwd } });

  /** Processes in the sandbox whose command line holds the word; none of them is the search. */
  const processes = async (word: string): Promise<string[]> => {
    const look = `for p in /proc/[0-9]*; do tr '\\0' ' ' < $p/cmdline; echo; done 2>/dev/null`;
    const { output } = await client().shell(id, look);
    return output.split('\n').filter((line) => line.includes(word));
  };

  it('tells output, errors and exit code apart', async () => {
    const command = 'echo out; echo err >&2; exit 3';
    expect(await client().shell(id, command)).toEqual({
      success: false,
      output: 'out',
      error: 'err\n',
      exit_code: 3,
      execution_id: expect.stringMatching(/^exec-[0-9a-f]{12}$/) as string,
      execution_time_ms: expect.any(Number) as number,
      command,
      truncated: false,
    });
    expect(await client().shell(id, 'echo fine')).toMatchObject({ success: true, error: null, exit_code: 0 });
    expect(await client().shell(id, 'echo note >&2')).toMatchObject({ success: true, error: 'note\n' });
  });

  it('runs bash in the workspace as the ordinary user', async () => {
    const { output } = await client().shell(id, 'echo $BASH_VERSION; pwd; id -un; id -u; echo $HOME');
    const [version, ...rest] = output.split('\n');
    expect(version).toMatch(/^\d/);
    expect(rest).toEqual(['/workspace', 'shipyard', '1000', '/workspace']);
  });

  it('runs in the directory that is asked for', async () => {
    await client().shell(id, 'mkdir -p a/b');
    expect(await client().shell(id, 'pwd', { cwd: './a/../a/b' })).toMatchObject({ output: '/workspace/a/b' });
    expect(await client().shell(id, 'pwd', { cwd: 'not/there' })).toMatchObject({
      success: false,
      exit_code: -1,
      error: "The command could not be started: cwd 'not/there' does not exist.",
    });
  });

  it.each([
    ['', 'empty_path'],
    ['/etc', 'absolute_path'],
    ['a/../..', 'path_traversal'],
    ['a\0b', 'null_byte'],
  ])('refuses the directory %p', async (cwd, reason) => {
    expectError(await runIn(cwd), { status: 400, code: 'invalid_path', details: { field: 'cwd', reason } });
  });

  it('does not go through a link out of the workspace', async () => {
    await client().shell(id, 'ln -sfn /etc out');
    expect(await client().shell(id, 'pwd', { cwd: 'out' })).toMatchObject({
      success: false,
      exit_code: -1,
      output: '',
    });
  });

  it('ends the whole tree at the time limit', async () => {
    const tree = 'echo began; (setsid sleep 7171 &) ; bash -c "sleep 7172 & sleep 7173 & wait" & sleep 7174';
    const ended = await client().shell(id, tree, { timeout: 1 });
    expect(ended).toMatchObject({ success: false, exit_code: -1, output: 'began' });
    expect(ended.error).toContain('Command timed out');
    await eventually(
      () => processes('sleep 717'),
      (found) => found.length === 0,
    );
  });

  it('does not wait for what runs in the background', async () => {
    expect(await client().shell(id, 'sleep 100 & echo started', { timeout: 20 })).toMatchObject({
      success: true,
      output: 'started',
    });
    expect(await client().shell(id, 'nohup sleep 100 >/dev/null 2>&1 & echo $!')).toMatchObject({ success: true });
  });

  it('is not broken by binary output', async () => {
    const ran = await client().shell(id, 'echo before; head -c 100000 /dev/urandom; echo; echo after');
    expect(ran).toMatchObject({ success: true, exit_code: 0 });
    expect(ran.output).toMatch(/^before/);
    expect(ran.output).toMatch(/after$/);
  });

  it('keeps a bounded part of endless output, and goes on', async () => {
    const ran = await client().shell(id, 'yes 0123456789 | head -c 50000000; echo the end >&2');
    expect(ran).toMatchObject({ success: true, truncated: true });
    expect(ran.output.length).toBeLessThanOrEqual(2 ** 20);
    expect(await client().shell(id, 'echo fine')).toMatchObject({ output: 'fine' });
  });

  it('says how a command ended that a signal killed', async () => {
    const ran = await client().shell(id, 'kill -9 $$');
    expect(ran.success).toBe(false);
    expect(ran.exit_code).not.toBe(0);
  });

  it('runs several at once, each with its own output', async () => {
    const answers = await Promise.all([1, 2, 3, 4].map((who) => client().shell(id, `sleep 0.2; echo ${who}`)));
    expect(answers.map(({ output }) => output)).toEqual(['1', '2', '3', '4']);
  });

  it('shares files with Python', async () => {
    await client().shell(id, 'echo from the shell > shared.txt');
    const ran = await client().python(
      id,
      'open("shared.txt", "a").write("from Python\\n"); print(open("shared.txt").read())',
    );
    expect(ran.output).toContain('from the shell\nfrom Python');
    expect((await client().shell(id, 'cat shared.txt')).output).toBe('from the shell\nfrom Python');
  });
});
