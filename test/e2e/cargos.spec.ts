import { describeOnEachDriver } from '../support/engines.js';
import { useBay } from '../support/use-bay.js';

await describeOnEachDriver('a cargo', (driver) => {
  const bay = useBay({ driver });
  const client = () => bay().client;

  it('is shared by two sandboxes at once, outlives them, and goes when it is deleted', async () => {
    const { status, body } = await client().call<{ id: string }>('POST', '/v1/cargos');
    expect(status).toBe(201);
    const cargo_id = body.id;
    const writer = await client().create({ cargo_id });
    const reader = await client().create({ cargo_id });
    await client().python(writer.id, 'open("shared.txt", "w").write("from one to the other")');
    expect(await client().shell(reader.id, 'cat shared.txt')).toMatchObject({ output: 'from one to the other' });
    expect(await client().call('DELETE', `/v1/cargos/${cargo_id}`)).toMatchObject({ status: 409 });

    for (const { id } of [writer, reader]) await client().delete(id);
    const later = await client().create({ cargo_id });
    expect(await client().read(later.id, 'shared.txt')).toBe('from one to the other');
    await client().delete(later.id);
    expect(await client().call('DELETE', `/v1/cargos/${cargo_id}`)).toMatchObject({ status: 204 });
    await bay().expectNothingLeft();
  });
});
