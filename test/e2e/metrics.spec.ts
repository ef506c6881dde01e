import { describeOnEachDriver } from '../support/engines.js';
import { eventually } from '../support/eventually.js';
import { parsePrometheus, type Sample, samplesOf, valueOf } from '../support/prometheus-text.js';
import { useBay } from '../support/use-bay.js';

const MIB = 2 ** 20;

await describeOnEachDriver('metrics', (driver) => {
  const bay = useBay({ driver });
  const scrape = async (): Promise<Sample[]> => {
    const response = await fetch(`${bay().url}/metrics`, { headers: { Authorization: `Bearer ${bay().key}` } });
    return parsePrometheus(await response.text());
  };

  it('tell of a start, its execution, and what the sandbox uses until it is deleted', async () => {
    const { id } = await bay().client.create();
    await bay().client.python(id, 'x = bytearray(64 * 2 ** 20)\nfor _ in range(3_000_000): pass');

    const samples = await eventually(scrape, (now) => samplesOf(now, 'bay_sandbox_memory_bytes').length > 0);
    for (const phase of ['volume', 'group', 'start', 'agent', 'init', 'total']) {
      expect(valueOf(samples, 'bay_start_phase_seconds_count', { driver, phase })).toBe(1);
    }
    expect(valueOf(samples, 'bay_starts_total', { driver, outcome: 'ok' })).toBe(1);
    const labels = { kind: 'python', outcome: 'ok' };
    const [wake, run, total] = ['wake', 'run', 'total'].map(
      (part) => valueOf(samples, 'bay_execution_seconds_sum', { ...labels, part }) ?? 0,
    );
    expect(run).toBeGreaterThan(0);
    expect(total).toBeGreaterThanOrEqual(wake! + run!);
    expect(valueOf(samples, 'bay_sandboxes', { status: 'ready' })).toBe(1);
    const memory = valueOf(samples, 'bay_sandbox_memory_bytes', { sandbox: id });
    expect(memory).toBeGreaterThan(64 * MIB);
    expect(memory).toBeLessThan(1024 * MIB);
    expect(valueOf(samples, 'bay_sandbox_cpu_seconds_total', { sandbox: id })).toBeGreaterThan(0);

    await bay().client.delete(id);
    expect(JSON.stringify(await scrape())).not.toContain(id);
  });
});
