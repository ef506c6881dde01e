import { seccompFilter } from './seccomp-filter.js';

const ARCHITECTURES = { x64: 0xc000003e, arm64: 0xc00000b7 } as const;

/** What the kernel would do: runs the filter on one system call. */
const decide = (filter: Buffer, architecture: number, number: number, firstArgument = 0): number => {
  const data: Record<number, number> = { 0: number, 4: architecture, 16: firstArgument };
  let loaded = 0;
  for (let at = 0; at < filter.length; at += 8) {
    const [code, ifTrue, ifFalse] = [filter.readUInt16LE(at), filter.readUInt8(at + 2), filter.readUInt8(at + 3)];
    const value = filter.readUInt32LE(at + 4);
    const jump = (isSo: boolean): number => (isSo ? ifTrue : ifFalse) * 8;
    if (code === 0x06) return value;
    if (code === 0x20) loaded = data[value] ?? NaN;
    else if (code === 0x15) at += jump(loaded === value);
    else if (code === 0x35) at += jump(loaded >= value);
    else if (code === 0x45) at += jump((loaded & value) !== 0);
    else throw new Error(`unknown instruction ${code}`);
  }
  throw new Error('the filter does not end');
};

const ALLOW = 0x7fff0000;
const EPERM = 0x00050001;
const ENOSYS = 0x00050026;

describe.each(['x64', 'arm64'] as const)('the seccomp filter on %s', (architecture) => {
  const filter = seccompFilter(architecture)!;
  const audit = ARCHITECTURES[architecture];
  const numbers = {
    x64: { read: 0, clone: 56, mount: 165, unshare: 272, bpf: 321, setuid: 105 },
    arm64: { read: 63, clone: 220, mount: 40, unshare: 97, bpf: 280, setuid: 146 },
  }[architecture];

  it('allows what programs live on', () => {
    expect(decide(filter, audit, numbers.read)).toBe(ALLOW);
    expect(decide(filter, audit, numbers.setuid)).toBe(ALLOW);
  });

  it.each(['mount', 'unshare', 'bpf'] as const)('refuses %s', (name) => {
    expect(decide(filter, audit, numbers[name])).toBe(EPERM);
  });

  it('allows processes and threads, but none in a new namespace', () => {
    expect(decide(filter, audit, numbers.clone, 0x01200011)).toBe(ALLOW);
    expect(decide(filter, audit, numbers.clone, 0x003d0f00)).toBe(ALLOW);
    expect(decide(filter, audit, numbers.clone, 0x10000011)).toBe(EPERM);
    expect(decide(filter, audit, numbers.clone, 0x40000011)).toBe(EPERM);
  });

  it('has clone3 not there, so that its callers take clone', () => {
    expect(decide(filter, audit, 435)).toBe(ENOSYS);
  });

  it('refuses every call of another architecture', () => {
    expect(decide(filter, 0x40000003, numbers.read)).toBe(EPERM);
  });
});

describe('the seccomp filter elsewhere', () => {
  it('is not there', () => {
    expect(seccompFilter('riscv64')).toBeNull();
  });

  it('refuses the x32 convention on x64', () => {
    expect(decide(seccompFilter('x64')!, ARCHITECTURES.x64, 0x40000000)).toBe(ENOSYS);
  });
});
