import { isAlive, PATIENCE_MS, ShipProcess } from './ship.fixture.js';

describe('Python in the Ship agent', () => {
  let ship: ShipProcess;
  beforeAll(async () => {
    ship = await ShipProcess.start();
    await ship.init({ GIVEN: 'by init' });
  }, PATIENCE_MS);
  afterAll(() => ship.remove());

  describe('a cell', () => {
    it('tells its result, its number and its end', async () => {
      const told = await ship.python('1 + 1');
      expect(told.types).toEqual(['started', 'result', 'exit']);
      expect(told.result).toBe('2');
      expect(told.exit).toMatchObject({ outcome: 'ok', exit_code: null, state_lost: false, message: null });
      const next = await ship.python('pass');
      expect(next.exit.execution_count).toBe((told.exit.execution_count ?? 0) + 1);
    });

    it('leaves its variables to the next one, and its result in _', async () => {
      await ship.python('answer = 41');
      expect((await ship.python('answer + 1')).result).toBe('42');
      expect((await ship.python('_')).result).toBe('42');
    });

    it('runs in the workspace, with the environment of the init and nothing of the agent', async () => {
      const told = await ship.python(
        'import os; print(os.getcwd(), os.environ["HOME"], os.environ["GIVEN"], os.environ["USER"]);' +
          'print([name for name in os.environ if name.startswith("BAY_") or name == "AGENTS_OWN"])',
      );
      expect(told.stdout).toBe(`${ship.workspace} ${ship.workspace} by init shipyard\n['BAY_PROCESS_MARK']\n`);
    });

    it('leaves nothing of IPython in the workspace', async () => {
      expect((await ship.shell('ls -A')).stdout).toBe('');
    });

    it('knows magics, !commands, %%bash and await', async () => {
      expect((await ship.python('%who_ls str')).exit.outcome).toBe('ok');
      expect((await ship.python('!echo out; echo err >&2')).stdout).toBe('out\n');
      expect((await ship.python('files = !echo one\nfiles')).result).toBe("['one']");
      expect((await ship.python('%%bash\necho in bash')).stdout).toBe('in bash\n');
      expect((await ship.python('import asyncio\nawait asyncio.sleep(0, 7)')).result).toBe('7');
    });

    it('that needs input fails at once and says why', async () => {
      const told = await ship.python('input("name? ")');
      expect(told.error).toMatchObject({ name: 'StdinNotImplementedError' });
      expect(told.exit.outcome).toBe('error');
    });

    it('that is empty, or no Python, ends like any other', async () => {
      expect((await ship.python('')).exit.outcome).toBe('ok');
      expect((await ship.python('def')).error?.name).toBe('SyntaxError');
      expect((await ship.python('%no_such_magic')).error?.name).toBe('UsageError');
      expect((await ship.python('exit()')).error?.name).toBe('SystemExit');
      expect((await ship.python('answer')).result).toBe('41');
    });
  });

  describe('an error', () => {
    it("comes as IPython's traceback in colours", async () => {
      const told = await ship.python('def f():\n    1/0\nf()');
      expect(told.error).toMatchObject({ name: 'ZeroDivisionError', value: 'division by zero' });
      const traceback = told.error?.traceback.join('\n') ?? '';
      expect(traceback).toContain('\u001b[');
      expect(traceback).not.toContain('bay_host');
      expect(told.exit.outcome).toBe('error');
    });

    it('whose text cannot be made is still an error', async () => {
      const told = await ship.python('class Bad(Exception):\n    def __str__(self): raise ValueError\nraise Bad');
      expect(told.error?.name).toBe('Bad');
    });
  });

  describe('output', () => {
    it('keeps its order with displays, and its streams apart', async () => {
      const told = await ship.python(
        'import sys\nfor n in range(3):\n    print(n); display(n)\nprint("e", file=sys.stderr)',
      );
      const order = told.events.flatMap((e) =>
        e.type === 'stdout' ? [e.text] : e.type === 'display' ? [e.data['text/plain']] : [],
      );
      expect(order).toEqual(['0\n', '0', '1\n', '1', '2\n', '2']);
      expect(told.stderr).toBe('e\n');
    });

    it('of children, of C and of descriptor 1 arrives before the end of the cell', async () => {
      const told = await ship.python(
        'import ctypes, os, subprocess\n' +
          'ctypes.CDLL(None).printf(b"from C\\n")\n' +
          'subprocess.run("echo from a child; echo and its complaint > /dev/stderr", shell=True)\n' +
          'os.write(1, b"from descriptor 1\\n");',
      );
      expect(told.stdout.split('\n').sort()).toEqual(['', 'from C', 'from a child', 'from descriptor 1']);
      expect(told.stderr).toBe('and its complaint\n');
      expect(told.types.at(-1)).toBe('exit');
    });

    it('that is no text does not break it', async () => {
      const told = await ship.python('import os; os.write(1, b"a\\xff\\xfeb\\n"); print("\\ud800"); None');
      expect(told.stdout).toContain('a\uFFFD\uFFFDb\n');
      expect(told.exit.outcome).toBe('ok');
    });

    it('of each of many cells is its own', async () => {
      for (let n = 0; n < 300; n += 1) expect((await ship.python(`print(${n})`)).stdout).toBe(`${n}\n`);
    });

    it('of a thread that outlives its cell is shown by the next', async () => {
      await ship.python(
        'import threading, os\nready = threading.Event()\ndone = threading.Event()\n' +
          'def late():\n    ready.wait(); print("late"); done.set()\nthreading.Thread(target=late).start()',
      );
      expect((await ship.python('ready.set(); done.wait(); None')).stdout).toBe('late\n');
    });
  });

  describe('displays', () => {
    it('come with every form an object has', async () => {
      const told = await ship.python(
        'from IPython.display import HTML, JSON, Latex, SVG\n' +
          'display(HTML("<b>x</b>"), JSON({"a": [1, float("nan")]}), Latex("$x$"), SVG("<svg xmlns=\'http://www.w3.org/2000/svg\'/>"))',
      );
      const [html, json, latex, svg] = told.displays;
      expect(html?.['text/html']).toBe('<b>x</b>');
      expect(json?.['application/json']).toEqual({ a: [1, null] });
      expect(latex?.['text/latex']).toBe('$x$');
      expect(svg?.['image/svg+xml']).toContain('<svg');
    });

    it('of pandas are tables, results too', async () => {
      const told = await ship.python('import pandas\npandas.DataFrame({"column": [1]})');
      const result = told.events.find((event) => event.type === 'result');
      expect(result?.data['text/html']).toContain('<table');
      expect(result?.data['text/plain']).toContain('column');
    });

    it('of matplotlib are PNG, by show() and at the end of the cell', async () => {
      const shown = await ship.python('import matplotlib.pyplot as plt\nplt.plot([1, 2]); plt.show(); print("after")');
      expect(shown.types).toEqual(['started', 'display', 'stdout', 'exit']);
      const left = await ship.python('plt.plot([2, 1]);');
      for (const told of [shown, left]) {
        const png = Buffer.from(String(told.displays[0]?.['image/png']), 'base64');
        expect(png.subarray(1, 4).toString()).toBe('PNG');
      }
    });

    it('that are huge are cut, not sent', async () => {
      const told = await ship.python('"x" * 50_000_000');
      expect(String(told.result)).toContain('more characters');
      expect(String(told.result).length).toBeLessThan(2_000_000);
    });
  });

  describe('a time limit', () => {
    const kept = async (): Promise<void> => expect((await ship.python('precious')).result).toBe("'kept'");
    let server = 0;
    beforeAll(async () => {
      const told = await ship.python(
        'precious = "kept"; import time, asyncio, subprocess; server = subprocess.Popen(["sleep", "60"]); print(server.pid)',
      );
      server = Number(told.stdout);
      // The kernel tells a process' start to a hundredth of a second: what is younger counts as the next cell's.
      await ship.python('time.sleep(0.05)');
    });

    it.each([
      ['sleeps', 'time.sleep(60)'],
      ['computes', 'while True: pass'],
      ['awaits', 'await asyncio.sleep(60)'],
      ['awaits and computes', 'await asyncio.sleep(0)\nwhile True: pass'],
      ['waits for a child', 'subprocess.run(["sleep", "60"])'],
      ['waits for a command', '!sleep 60'],
      ['waits for a script', '%%bash\nsleep 60'],
    ])('ends a cell that %s and keeps the state', async (_, code) => {
      const told = await ship.python(code, 300);
      expect(told.exit).toMatchObject({ outcome: 'timeout', state_lost: false });
      await kept();
    });

    it('leaves no coroutine behind that would run on in the next cell', async () => {
      await ship.python(
        'seen = []\nasync def late():\n    await asyncio.sleep(0.5); seen.append(1)\nawait late()',
        200,
      );
      expect((await ship.python('await asyncio.sleep(0.7)\nseen')).result).toBe('[]');
    });

    it('ends what the cell started, and no server that an earlier one left running', async () => {
      const told = await ship.python('p = subprocess.Popen("sleep 62; true", shell=True); print(p.pid); p.wait()', 500);
      expect(told.exit).toMatchObject({ outcome: 'timeout', state_lost: false });
      await ship.until(() => !isAlive(Number(told.stdout)), 'the child has ended');
      expect(isAlive(server)).toBe(true);
    });

    it(
      'costs the state when the code does not obey',
      async () => {
        const child = await ship.python('print(subprocess.Popen("exec setsid sleep 63", shell=True).pid)');
        const told = await ship.python(
          'while True:\n    try:\n        time.sleep(60)\n    except KeyboardInterrupt: pass',
          200,
        );
        expect(told.exit).toMatchObject({ outcome: 'timeout', state_lost: true });
        await ship.until(() => !isAlive(Number(child.stdout)), 'its child has ended');
        expect((await ship.python('precious')).error?.name).toBe('NameError');
      },
      PATIENCE_MS,
    );
  });

  describe('an interpreter that ends', () => {
    it.each([
      ['by os._exit', 'import os; print("last words"); os._exit(3)'],
      ['by a signal', 'import os, signal; print("last words", flush=True); os.kill(os.getpid(), signal.SIGKILL)'],
      ['by a crash', 'import ctypes; print("last words", flush=True); ctypes.string_at(0)'],
    ])('%s is replaced, and the cell told', async (_, code) => {
      const told = await ship.python(code);
      expect(told.stdout).toBe('last words\n');
      expect(told.exit).toMatchObject({ outcome: 'died', state_lost: true });
      expect(told.exit.message).toContain('restarted');
      expect((await ship.python('1')).exit).toMatchObject({ outcome: 'ok', execution_count: 1 });
    });
  });

  describe('code that breaks its own process', () => {
    it('by closing its output gets it back', async () => {
      await ship.python('import os, sys; os.close(1); os.close(2); sys.stdout.close()');
      expect((await ship.python('print("back")')).stdout).toBe('back\n');
    });

    it('by closing all descriptors loses its state', async () => {
      expect((await ship.python('import os; os.closerange(3, 1024)')).exit.outcome).toBe('died');
      expect((await ship.python('1')).result).toBe('1');
    });

    it('by writing into the control channel loses its state', async () => {
      const told = await ship.python(
        'import os, stat, time\nfor fd in range(3, 300):\n    try:\n' +
          '        if stat.S_ISSOCK(os.fstat(fd).st_mode): os.write(fd, b"garbage\\n")\n    except OSError: pass\ntime.sleep(30)',
      );
      expect(told.exit).toMatchObject({ outcome: 'died', state_lost: true });
      expect((await ship.python('1')).result).toBe('1');
    });

    it('by forking does not become two interpreters', async () => {
      const told = await ship.python('import os\npid = os.fork()\nprint("both")\nif pid: os.waitpid(pid, 0);');
      expect(told.stdout).toBe('both\nboth\n');
      expect(told.exit.outcome).toBe('ok');
      expect((await ship.python('2')).result).toBe('2');
    });
  });

  it('does not give its children the control channel', async () => {
    const told = await ship.python('!ls -l /proc/self/fd');
    expect(told.stdout).not.toContain('socket:');
  });
});
