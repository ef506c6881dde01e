import { CONTROLS, type Control } from '../../../src/drivers/isolation.js';
import { type Agent } from '../../support/agent.js';
import { type SpecChanges, type World } from './world.js';

/** Looks for sockets through which a container could rule its engine. */
const ENGINE_SOCKETS = 'ls -d /var/run/docker.sock /run/docker.sock /run/podman /run/containerd 2>/dev/null';
const OWN_ADDRESS = `python3 -c "
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
try:
    s.connect(('192.0.2.1', 9))
    print(s.getsockname()[0])
except OSError:
    print('none')
"`;

/** Forks until it may not, and says how often it could. */
const FORKS = `python3 -c "
import os, signal
children = []
try:
    while len(children) < 200:
        child = os.fork()
        if child == 0:
            signal.pause()
        children.append(child)
except BlockingIOError:
    pass
print(len(children))
for child in children:
    os.kill(child, signal.SIGKILL)
"`;

export function isolation(world: () => World): void {
  const shell = async (agent: Agent, command: string): Promise<string> => {
    const { stdout } = await agent.shell(command, world().signal());
    return stdout.trim();
  };

  describe('isolation', () => {
    it('is reported for every control, with a sentence for each that is not in force', async () => {
      const { engine, isolation: report } = await world().driver.probe(world().signal());
      expect(engine).not.toBe('');
      expect(Object.keys(report).sort()).toEqual([...CONTROLS].sort());
      for (const control of CONTROLS) {
        if (!report[control].enforced) expect(report[control].note).toMatch(/\w+ .*\.$/);
      }
    });

    /** The body runs where the driver says that the control is in force: what it says must be true inside. */
    const inForce = (control: Control, title: string, body: (agent: Agent) => Promise<void>, changes?: SpecChanges) =>
      it(`${control}: ${title}`, async () => {
        const { isolation: report } = await world().driver.probe(world().signal());
        if (!report[control].enforced) return;
        const { agent } = await world().sandbox(changes);
        await body(agent);
      });

    inForce('non_root_user', 'code runs as uid 1000 in its workspace', async (agent) => {
      expect(await shell(agent, 'id -u; id -g; pwd')).toBe('1000\n1000\n/workspace');
    });

    inForce('capabilities', 'none, and none to be gained', async (agent) => {
      const status = await shell(agent, 'cat /proc/self/status');
      for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) {
        expect(status).toMatch(new RegExp(`^${set}:\\s+0+$`, 'm'));
      }
    });

    inForce('no_new_privileges', 'set', async (agent) => {
      expect(await shell(agent, 'cat /proc/self/status')).toMatch(/^NoNewPrivs:\s+1$/m);
    });

    inForce('seccomp', 'a filter is on', async (agent) => {
      expect(await shell(agent, 'cat /proc/self/status')).toMatch(/^Seccomp:\s+2$/m);
    });

    inForce('memory', 'what takes more than its share is ended, and the agent lives on', async (agent) => {
      const { exitCode } = await agent.shell(
        'set -o pipefail; head -c 600M /dev/zero | tail | wc -c',
        world().signal(),
      );
      expect(exitCode).not.toBe(0);
      expect(await shell(agent, 'echo alive')).toBe('alive');
    });

    inForce('cpu', 'a share is set', async (agent) => {
      const quota = 'cat /sys/fs/cgroup/cpu.max /sys/fs/cgroup/cpu/cpu.cfs_quota_us 2>/dev/null';
      expect(Number.parseInt(await shell(agent, quota), 10)).toBeGreaterThan(0);
    });

    inForce('pids', 'no more processes than allowed', async (agent) => {
      const started = await shell(agent, FORKS);
      expect(Number(started)).toBeGreaterThan(0);
      expect(Number(started)).toBeLessThan(100);
    });

    inForce(
      'egress_none',
      'no interface but loopback',
      async (agent) => {
        expect(await shell(agent, "tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '")).toBe('lo');
        expect(await shell(agent, OWN_ADDRESS)).toBe('none');
      },
      { egress: 'none' },
    );

    it('egress_none: a group that demands it is refused where it is not in force', async () => {
      const { isolation: report } = await world().driver.probe(world().signal());
      if (report.egress_none.enforced) return;
      const spec = await world().spec({ egress: 'none' });
      await expect(world().driver.ensureGroup(spec, world().signal())).rejects.toMatchObject({
        code: 'control_not_enforceable',
        details: { control: 'egress_none' },
      });
      expect(await world().driver.list({}, world().signal())).toEqual([]);
    });

    it('the engine is out of reach from inside', async () => {
      const { agent } = await world().sandbox();
      expect(await shell(agent, ENGINE_SOCKETS)).toBe('');
    });

    it('the secret is in no argument list and in no environment', async () => {
      const { spec, agent } = await world().sandbox();
      const secret = spec.members[0]!.secret;
      const seen = await shell(
        agent,
        'env; cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr "\\0" "\\n"',
      );
      expect(seen).toContain('BAY_CONTRACT=on');
      expect(seen).not.toContain(secret);
    });

    it('network_separation: one sandbox does not reach what another one listens on', async () => {
      const { isolation: report } = await world().driver.probe(world().signal());
      if (!report.network_separation.enforced) return;
      const [server, client] = [await world().sandbox(), await world().sandbox()];
      const address = await shell(server.agent, OWN_ADDRESS);
      await shell(server.agent, 'nohup python3 -m http.server --bind 0.0.0.0 9000 >/dev/null 2>&1 &');
      const fetch = (host: string): string =>
        `for i in $(seq 50); do python3 -c "import urllib.request as r; r.urlopen('http://${host}:9000', timeout=2)" 2>/dev/null && echo reached && exit; [ ${host} = 127.0.0.1 ] && sleep 0.1 || break; done; echo refused`;

      expect(await shell(server.agent, fetch('127.0.0.1'))).toBe('reached');
      if (address !== 'none') expect(await shell(server.agent, fetch(address))).toBe('reached');
      expect(await shell(client.agent, fetch(address))).toBe('refused');
    });
  });
}
