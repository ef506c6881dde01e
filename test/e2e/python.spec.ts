import { describeOnEachDriver } from '../support/engines.js';
import { useBay } from '../support/use-bay.js';

/** One black pixel. */
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==';

await describeOnEachDriver('python/exec', (driver) => {
  const bay = useBay({ driver });
  const client = () => bay().client;
  let id: string;
  beforeAll(async () => {
    ({ id } = await client().create());
  });

  it('answers what was printed and the value of the last expression', async () => {
    const ran = await client().python(id, 'print("printed")\n6 * 7', { include_code: true });
    expect(ran).toEqual({
      success: true,
      output: expect.stringMatching(/^printed\s+42$/) as string,
      error: null,
      data: {
        execution_count: expect.any(Number) as number,
        output: { text: ran.output, images: [], displays: [{ 'text/plain': '42' }] },
      },
      execution_id: expect.stringMatching(/^exec-[0-9a-f]{12}$/) as string,
      execution_time_ms: expect.any(Number) as number,
      code: 'print("printed")\n6 * 7',
      state_lost: false,
      truncated: false,
    });
  });

  it('keeps variables, imports and functions between calls, and counts them', async () => {
    const first = await client().python(id, 'import math\ndef double(x): return 2 * x\ny = 21');
    expect(first).toMatchObject({ success: true, output: '', code: null });
    const second = await client().python(id, 'print(double(y), math.pi)');
    expect(second.output).toBe('42 3.141592653589793');
    expect(second.data.execution_count).toBe(first.data.execution_count! + 1);
  });

  it('runs in the workspace as the ordinary user', async () => {
    const ran = await client().python(
      id,
      'import os, pwd; print(os.getcwd(), os.getuid(), pwd.getpwuid(os.getuid())[0])',
    );
    expect(ran.output).toBe('/workspace 1000 shipyard');
  });

  it('says which error it was, and goes on', async () => {
    const failed = await client().python(id, 'print("before")\nz = 1\n1 / 0\nz = 2');
    expect(failed).toMatchObject({ success: false, output: 'before' });
    expect(failed.error).toContain('ZeroDivisionError');
    expect(await client().python(id, 'z')).toMatchObject({ success: true, output: '1' });
  });

  it('says what is wrong with code that cannot be read', async () => {
    const failed = await client().python(id, 'def (:');
    expect(failed.success).toBe(false);
    expect(failed.error).toContain('SyntaxError');
  });

  it('takes empty code', async () => {
    expect(await client().python(id, '')).toMatchObject({ success: true, output: '', error: null });
  });

  it('gives back pictures, HTML, SVG and JSON', async () => {
    const ran = await client().python(
      id,
      [
        'from base64 import b64decode',
        'from IPython.display import display, HTML, SVG, JSON, Image',
        `display(Image(b64decode("${PNG}")))`,
        'display(HTML("<b>bold</b>"))',
        `display(SVG('<svg xmlns="http://www.w3.org/2000/svg"/>'))`,
        'display(JSON({"a": [1, 2]}))',
      ].join('\n'),
    );
    expect(ran.error).toBeNull();
    const { images, displays } = ran.data.output;
    expect(images.map((image) => Buffer.from(image['image/png']!, 'base64'))).toEqual([Buffer.from(PNG, 'base64')]);
    expect(displays.map((display) => Object.keys(display).find((type) => type !== 'text/plain'))).toEqual([
      'image/png',
      'text/html',
      'image/svg+xml',
      'application/json',
    ]);
    expect(displays[1]).toMatchObject({ 'text/html': '<b>bold</b>' });
    expect(displays[3]).toMatchObject({ 'application/json': { a: [1, 2] } });
  });

  it('awaits at the top level', async () => {
    const ran = await client().python(id, 'import asyncio\nawait asyncio.sleep(0.01)\nprint("awaited")');
    expect(ran).toMatchObject({ success: true, output: 'awaited' });
  });

  it.each([
    ['a loop', 'while True: pass'],
    ['a sleep', 'import time; time.sleep(100)'],
    ['a top-level await', 'import asyncio; await asyncio.sleep(100)'],
    ['a child process', 'import subprocess; subprocess.run(["sleep", "100"])'],
  ])('interrupts %s at its time limit and keeps the state', async (_, code) => {
    await client().python(id, 'kept = "here"');
    const ended = await client().python(id, `print("began")\n${code}`, { timeout: 1 });
    expect(ended).toMatchObject({ success: false, output: 'began', state_lost: false });
    expect(ended.error).toBeTruthy();
    expect(await client().python(id, 'kept')).toMatchObject({ output: "'here'", state_lost: false });
  });

  it('restarts Python when it obeys no interrupt, and says that the state is lost', async () => {
    await client().python(id, 'kept = "here"');
    const deaf = [
      'import signal, time',
      'signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])',
      'while True: time.sleep(1)',
    ].join('\n');
    const ended = await client().python(id, deaf, { timeout: 1 });
    expect(ended).toMatchObject({ success: false, state_lost: true });
    const after = await client().python(id, 'print("alive"); kept');
    expect(after).toMatchObject({ success: false, output: 'alive' });
    expect(after.error).toContain('NameError');
  });

  it('says so when code ends its own Python, and goes on with a new one', async () => {
    const ended = await client().python(id, 'print("last words", flush=True)\nimport os; os._exit(3)');
    expect(ended).toMatchObject({ success: false, output: 'last words', state_lost: true });
    expect(ended.error).toBeTruthy();
    expect(await client().python(id, '1 + 1')).toMatchObject({ success: true, output: '2' });
  });

  it('has nobody who types', async () => {
    const ran = await client().python(id, 'input("name? ")');
    expect(ran.success).toBe(false);
    expect(ran.error).toContain('StdinNotImplementedError');
  });

  it('gives four concurrent calls each their own output', async () => {
    const print = (who: number) => `import time\nfor n in range(20):\n  print(${who}, n)\n  time.sleep(0.005)`;
    const answers = await Promise.all([0, 1, 2, 3].map((who) => client().python(id, print(who))));
    answers.forEach(({ output }, who) =>
      expect(output.split('\n')).toEqual(Array.from({ length: 20 }, (_, n) => `${who} ${n}`)),
    );
  });

  it('carries text in any script, and what is no text', async () => {
    const ran = await client().python(
      id,
      'import sys\nprint("héllo 世界 🚀")\nsys.stdout.buffer.write(b"\\xff\\xfe")\nNone',
    );
    expect(ran.success).toBe(true);
    expect(ran.output).toContain('héllo 世界 🚀');
  });

  it('keeps a bounded part of endless output', async () => {
    const ran = await client().python(id, 'for n in range(300_000): print("0123456789" * 10)');
    expect(ran).toMatchObject({ success: true, truncated: true });
    expect(ran.output.length).toBeLessThanOrEqual(2 ** 20);
    expect(await client().python(id, '"still " + "fine"')).toMatchObject({ output: "'still fine'" });
  });
});
