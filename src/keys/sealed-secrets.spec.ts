import { SealedSecrets } from './sealed-secrets.js';

const under = (byte: number): SealedSecrets => new SealedSecrets({ apiKey: '', instanceKey: Buffer.alloc(32, byte) });

it('opens what it has sealed, which never looks the same twice', () => {
  const [one, other] = [under(1).seal('secret'), under(1).seal('secret')];
  expect(one).not.toBe(other);
  expect([under(1).open(one), under(1).open(other)]).toEqual(['secret', 'secret']);
});

it('opens nothing of another installation, and nothing that was changed', () => {
  const sealed = under(1).seal('secret');
  expect(() => under(2).open(sealed)).toThrow();
  const bytes = Buffer.from(sealed, 'base64');
  for (const at of bytes.keys()) {
    const changed = Buffer.from(bytes);
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
    expect(() => under(1).open(changed.toString('base64'))).toThrow();
  }
  expect(() => under(1).open('')).toThrow();
});
