import { describeOnEachDriver } from '../support/engines.js';
import { containersOf, findProcesses } from '../support/left-behind.js';
import { useBay } from '../support/use-bay.js';

await describeOnEachDriver('concurrent first calls', (driver) => {
  const bay = useBay({ driver });
  const client = () => bay().client;

  it('start exactly one session', async () => {
    const { id } = await client().create();
    const codes = Array.from({ length: 8 }, (_, index) => `x_${index} = ${index}; print(${index})`);
    const answers = await Promise.all(codes.map((code) => client().python(id, code)));
    expect(answers.map(({ output }) => output)).toEqual(['0', '1', '2', '3', '4', '5', '6', '7']);
    const all = await client().python(id, 'sum(globals()[f"x_{n}"] for n in range(8))');
    expect(all.output).toBe('28');
    if (driver === 'docker-host') expect(await containersOf(id)).toHaveLength(1);
    const agents = findProcesses(bay().installation()).filter(({ line }) => / \/opt\/ship\/\S+js\s*$/.test(line));
    if (driver === 'local') expect(agents.filter(({ line }) => !line.includes('bwrap'))).toHaveLength(1);
  });

  it('of different kinds all work', async () => {
    const { id } = await client().create();
    const [python, shell, , listed] = await Promise.all([
      client().python(id, '6 * 7'),
      client().shell(id, 'echo hello'),
      client().write(id, 'a.txt', 'a'),
      client().listFiles(id),
    ]);
    expect(python.output).toBe('42');
    expect(shell.output).toBe('hello');
    expect(Array.isArray(listed)).toBe(true);
    expect(await client().read(id, 'a.txt')).toBe('a');
  });
});
