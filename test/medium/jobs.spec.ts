import { Logger } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { type LifecycleConfig } from '../../src/config/slices.js';
import { JobLeaseEntity } from '../../src/scheduling/job-lease.entity.js';
import { JobLeasesRepository } from '../../src/scheduling/job-leases.repository.js';
import { JobRunner } from '../../src/scheduling/job-runner.js';
import { Metrics } from '../../src/telemetry/metrics.js';
import { type TestDatabase, testDatabase } from '../support/database.js';
import { ManualClock } from '../support/manual-clock.js';

const LEASE_MS = 30_000;
const NEVER_MS = 86_400_000;
let database: TestDatabase;
let clock: ManualClock;
let leases: JobLeasesRepository;
let runners: JobRunner[];

beforeAll(() => Logger.overrideLogger(false));
beforeEach(async () => {
  database = await testDatabase([JobLeaseEntity]);
  clock = new ManualClock();
  leases = new JobLeasesRepository(database.transactions, clock);
  runners = [];
});
afterEach(async () => {
  for (const runner of runners) await runner.beforeApplicationShutdown();
  await database.close();
});

/** One process on the shared database. */
const runner = (leaseMs = LEASE_MS): JobRunner => {
  const made = new JobRunner(new SchedulerRegistry(), leases, { leaseMs } as LifecycleConfig, new Metrics());
  runners.push(made);
  return made;
};

const gate = () => {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
};

describe('a lease', () => {
  it('is claimed by one of twenty', async () => {
    const claims = await Promise.all(
      Array.from({ length: 20 }, (_, index) => leases.claim('job', `token-${index}`, LEASE_MS)),
    );
    expect(claims.filter(Boolean)).toHaveLength(1);
  });

  it('is free after it was given back, or ran out', async () => {
    expect(await leases.claim('job', 'a', LEASE_MS)).toBe(true);
    expect(await leases.claim('job', 'b', LEASE_MS)).toBe(false);
    await leases.release('job', 'b');
    expect(await leases.claim('job', 'b', LEASE_MS)).toBe(false);
    await leases.release('job', 'a');
    expect(await leases.claim('job', 'b', LEASE_MS)).toBe(true);
    clock.advance(LEASE_MS);
    expect(await leases.claim('job', 'c', LEASE_MS)).toBe(true);
    expect(await leases.renew('job', 'b', LEASE_MS)).toBe(false);
    expect(await leases.renew('job', 'c', LEASE_MS)).toBe(true);
  });
});

describe('a job', () => {
  it('run for somebody waits for the run that is under way, gives its report, and throws what it throws', async () => {
    const jobs = runner();
    const first = gate();
    let runs = 0;
    jobs.register({
      name: 'job',
      intervalMs: NEVER_MS,
      run: async () => {
        if ((runs += 1) === 1) await first.opened;
        if (runs === 3) throw new Error('on purpose');
        return { cleaned: runs, skipped: 0, errors: [] };
      },
    });
    jobs.onApplicationBootstrap();
    jobs.trigger('job');
    const report = jobs.runNow('job', AbortSignal.timeout(10_000));
    first.open();
    expect(await report).toMatchObject({ cleaned: 2 });
    await expect(jobs.runNow('job', AbortSignal.timeout(10_000))).rejects.toThrow('on purpose');
    await expect(jobs.runNow('job', AbortSignal.abort(new Error('late')))).rejects.toThrow('late');
  });

  it('that is not scheduled runs only when it is asked for; one may run at the start', async () => {
    const jobs = runner();
    const ran: string[] = [];
    const job = (name: string) => ({ name, intervalMs: 1, isScheduled: false, run: async () => void ran.push(name) });
    jobs.register(job('quiet'));
    jobs.register({ ...job('eager'), runsAtStart: true });
    jobs.onApplicationBootstrap();
    await jobs.idle('eager');
    expect(ran).toEqual(['eager']);
    await jobs.runNow('quiet', AbortSignal.timeout(10_000));
    expect(ran).toEqual(['eager', 'quiet']);
  });

  it('runs when it is asked for, again only if asked while it ran, and never beside itself', async () => {
    const jobs = runner();
    const first = gate();
    const started = gate();
    let [runs, active, most] = [0, 0, 0];
    jobs.register({
      name: 'job',
      intervalMs: NEVER_MS,
      run: async () => {
        runs += 1;
        most = Math.max(most, (active += 1));
        started.open();
        if (runs === 1) await first.opened;
        active -= 1;
      },
    });
    jobs.trigger('job');
    expect(runs).toBe(0);
    jobs.onApplicationBootstrap();
    jobs.trigger('job');
    await started.opened;
    jobs.trigger('job');
    jobs.trigger('job');
    first.open();
    await jobs.idle('job');
    expect([runs, most]).toEqual([2, 1]);
  });

  it('runs at its interval', async () => {
    const jobs = runner();
    const third = gate();
    let runs = 0;
    jobs.register({
      name: 'job',
      intervalMs: 5,
      run: () => {
        if ((runs += 1) === 3) third.open();
        return Promise.resolve();
      },
    });
    jobs.onApplicationBootstrap();
    await third.opened;
  });

  it('does not run where another process has the lease', async () => {
    const [here, there] = [runner(), runner()];
    const done = gate();
    const started = gate();
    const ran: string[] = [];
    here.register({ name: 'job', intervalMs: NEVER_MS, run: () => (ran.push('here'), started.open(), done.opened) });
    there.register({ name: 'job', intervalMs: NEVER_MS, run: () => (ran.push('there'), Promise.resolve()) });
    here.onApplicationBootstrap();
    there.onApplicationBootstrap();
    here.trigger('job');
    await started.opened;
    there.trigger('job');
    await there.idle('job');
    expect(ran).toEqual(['here']);
    done.open();
    await here.idle('job');
    there.trigger('job');
    await there.idle('job');
    expect(ran).toEqual(['here', 'there']);
  });

  it('that throws gives its lease back and runs again', async () => {
    const jobs = runner();
    let runs = 0;
    jobs.register({
      name: 'job',
      intervalMs: NEVER_MS,
      run: () => Promise.reject(new Error(`on purpose ${(runs += 1)}`)),
    });
    jobs.onApplicationBootstrap();
    jobs.trigger('job');
    await jobs.idle('job');
    jobs.trigger('job');
    await jobs.idle('job');
    expect(runs).toBe(2);
  });

  it('is aborted when its lease was lost', async () => {
    const jobs = runner(30);
    const aborted = gate();
    const started = gate();
    jobs.register({
      name: 'job',
      intervalMs: NEVER_MS,
      run: (signal) => {
        signal.addEventListener('abort', aborted.open);
        started.open();
        return aborted.opened;
      },
    });
    jobs.onApplicationBootstrap();
    jobs.trigger('job');
    await started.opened;
    clock.advance(1_000_000);
    await leases.claim('job', 'thief', LEASE_MS);
    await aborted.opened;
    await jobs.idle('job');
    expect(await leases.renew('job', 'thief', LEASE_MS)).toBe(true);
  });

  it('is aborted and awaited when Bay stops, and not started any more', async () => {
    const jobs = runner();
    const started = gate();
    const ended: string[] = [];
    jobs.register({
      name: 'job',
      intervalMs: NEVER_MS,
      run: (signal) =>
        new Promise((resolve) => {
          started.open();
          signal.addEventListener('abort', () => resolve(void ended.push('ended')));
        }),
    });
    jobs.onApplicationBootstrap();
    jobs.trigger('job');
    await started.opened;
    await jobs.beforeApplicationShutdown();
    expect(ended).toEqual(['ended']);
    jobs.trigger('job');
    await jobs.idle('job');
    expect(ended).toEqual(['ended']);
  });

  it('must have a name of its own', () => {
    const jobs = runner();
    const job = { name: 'job', intervalMs: NEVER_MS, run: () => Promise.resolve() };
    jobs.register(job);
    expect(() => jobs.register(job)).toThrow('two jobs');
    expect(() => jobs.trigger('absent')).toThrow('no job');
  });
});
