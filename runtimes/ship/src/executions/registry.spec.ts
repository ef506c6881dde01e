import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ExecutionRequest } from '@bay/protocol';
import { AgentError } from '../http/errors.js';
import { type Execution, type Runner } from './execution.js';
import { ExecutionRegistry, type RetentionLimits } from './registry.js';

const request = (id: string, command = 'true'): ExecutionRequest => ({ id, kind: 'shell', command, timeout_ms: 1_000 });

describe('ExecutionRegistry', () => {
  let directory: string;
  let started: Execution[];
  const runner: Runner = {
    check: async () => undefined,
    run: (execution) => void started.push(execution),
    interrupt: () => undefined,
  };
  beforeEach(() => {
    started = [];
    directory = mkdtempSync(join(tmpdir(), 'registry-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const registryWith = (limits: Partial<RetentionLimits> = {}): ExecutionRegistry =>
    new ExecutionRegistry({ python: runner, shell: runner }, directory, {
      count: 3,
      bytes: 1e6,
      ageMs: 60_000,
      ids: 4,
      ...limits,
    });

  async function runToEnd(registry: ExecutionRegistry, id: string): Promise<void> {
    const execution = await registry.startOrAttach(request(id));
    execution.end({ outcome: 'ok' });
    await execution.ended;
  }

  it('starts a request once', async () => {
    const registry = registryWith();
    const [first, second] = await Promise.all([
      registry.startOrAttach(request('a')),
      registry.startOrAttach(request('a')),
    ]);
    expect(second).toBe(first);
    expect(started).toHaveLength(1);
  });

  it('refuses the same id for another request', async () => {
    const registry = registryWith();
    await registry.startOrAttach(request('a'));
    await expect(registry.startOrAttach(request('a', 'false'))).rejects.toMatchObject({ code: 'execution_conflict' });
  });

  it('forgets what the runner refused', async () => {
    const refusing: Runner = {
      ...runner,
      run: () => {
        throw new AgentError('queue_full', 'full');
      },
    };
    const registry = new ExecutionRegistry({ python: refusing, shell: refusing }, directory);
    await expect(registry.startOrAttach(request('a'))).rejects.toMatchObject({ code: 'queue_full' });
    expect(() => registry.get('a')).toThrow(AgentError);
  });

  it('keeps the newest ended ones, and all that run', async () => {
    const registry = registryWith();
    await registry.startOrAttach(request('running'));
    for (const id of ['a', 'b', 'c', 'd']) await runToEnd(registry, id);
    expect(() => registry.get('a')).toThrow(AgentError);
    for (const id of ['running', 'b', 'c', 'd']) expect(registry.get(id).id).toBe(id);
  });

  it('never runs an id again whose events it dropped', async () => {
    const registry = registryWith();
    for (const id of ['a', 'b', 'c', 'd']) await runToEnd(registry, id);
    await expect(registry.startOrAttach(request('a'))).rejects.toMatchObject({ code: 'execution_conflict' });
    expect(started).toHaveLength(4);
  });

  it.each([{ bytes: 10 }, { ageMs: 0 }])('drops by %j, too', async (limits) => {
    const registry = registryWith(limits);
    await runToEnd(registry, 'a');
    expect(() => registry.get('a')).toThrow(AgentError);
  });
});
