import { SandboxChanges } from './sandbox-changes.js';

/** Longer than any test may take: a wait that ends has been woken. */
const FOR_EVER_MS = 60_000;

describe('waiting for a sandbox to change', () => {
  it('ends at the change', async () => {
    const changes = new SandboxChanges();
    const listener = changes.listen('a');
    const waited = listener.next(FOR_EVER_MS);
    changes.notify('a');
    await waited;
  });

  it('ends at once when the change came between the look and the wait', async () => {
    const changes = new SandboxChanges();
    const listener = changes.listen('a');
    changes.notify('a');
    await listener.next(FOR_EVER_MS);
  });

  it('hears nothing of other sandboxes, nor after it was closed', async () => {
    const changes = new SandboxChanges();
    const listener = changes.listen('a');
    changes.notify('b');
    listener.close();
    changes.notify('a');
    await listener.next(0);
  });
});
