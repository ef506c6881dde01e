/**
 * A seccomp filter for classic BPF (linux/seccomp.h, linux/filter.h): refuses the system calls through which programs
 * reach parts of the kernel that nobody in a sandbox needs, above all new namespaces and what is done in them.
 */
interface Architecture {
  /** AUDIT_ARCH_… of linux/audit.h. */
  readonly audit: number;
  /** Numbers from here on are another calling convention (x32). */
  readonly foreignFrom: number | null;
  readonly clone: number;
  readonly denied: readonly number[];
}

/** The same number everywhere: open_tree … fspick, io_uring_*, mount_setattr, quotactl_fd, open_tree_attr. */
const DENIED_EVERYWHERE = [425, 426, 427, 428, 429, 430, 431, 432, 433, 442, 443, 467];
const CLONE3 = 435;

const ARCHITECTURES: Readonly<Partial<Record<NodeJS.Architecture, Architecture>>> = {
  x64: {
    audit: 0xc000003e,
    foreignFrom: 0x40000000,
    clone: 56,
    denied: [
      // mount, umount2, pivot_root, swapon, swapoff, reboot, acct, quotactl
      ...[165, 166, 155, 167, 168, 169, 163, 179],
      // iopl, ioperm, init_module, delete_module, finit_module, kexec_load, kexec_file_load
      ...[172, 173, 175, 176, 313, 246, 320],
      // add_key, request_key, keyctl, unshare, setns, perf_event_open, fanotify_init
      ...[248, 249, 250, 272, 308, 298, 300],
      // name_to_handle_at, open_by_handle_at, bpf, userfaultfd
      ...[303, 304, 321, 323],
    ],
  },
  arm64: {
    audit: 0xc00000b7,
    foreignFrom: null,
    clone: 220,
    denied: [
      // The same, without iopl and ioperm.
      ...[40, 39, 41, 224, 225, 142, 89, 60],
      ...[105, 106, 273, 104, 294],
      ...[217, 218, 219, 97, 268, 241, 262],
      ...[264, 265, 280, 282],
    ],
  },
};

/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. */
const NEW_NAMESPACES = 0x7e020000;

const LOAD = 0x20;
const IF_EQUAL = 0x15;
const IF_AT_LEAST = 0x35;
const IF_ANY_BIT = 0x45;
const RETURN = 0x06;

const NUMBER = 0;
const ARCHITECTURE = 4;
const FIRST_ARGUMENT = 16;

const ALLOW = 0x7fff0000;
const REFUSE = 0x00050000;
const EPERM = 1;
const ENOSYS = 38;

type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, value: number];

/** Null where this machine's system calls are not known. */
export const seccompFilter = (architecture: NodeJS.Architecture): Buffer | null => {
  const known = ARCHITECTURES[architecture];
  return known ? Buffer.concat(instructions(known).map(encode)) : null;
};

const instructions = ({ audit, foreignFrom, clone, denied }: Architecture): Instruction[] => [
  [LOAD, 0, 0, ARCHITECTURE],
  [IF_EQUAL, 1, 0, audit],
  [RETURN, 0, 0, REFUSE | EPERM],
  [LOAD, 0, 0, NUMBER],
  ...(foreignFrom === null ? [] : refuse(IF_AT_LEAST, foreignFrom, ENOSYS)),
  // Its flags lie in memory, where no filter sees them: callers fall back to clone.
  ...refuse(IF_EQUAL, CLONE3, ENOSYS),
  ...[...denied, ...DENIED_EVERYWHERE].flatMap((number) => refuse(IF_EQUAL, number, EPERM)),
  [IF_EQUAL, 1, 0, clone],
  [RETURN, 0, 0, ALLOW],
  [LOAD, 0, 0, FIRST_ARGUMENT],
  ...refuse(IF_ANY_BIT, NEW_NAMESPACES, EPERM),
  [RETURN, 0, 0, ALLOW],
];

const refuse = (condition: number, value: number, error: number): Instruction[] => [
  [condition, 0, 1, value],
  [RETURN, 0, 0, REFUSE | error],
];

const encode = ([code, ifTrue, ifFalse, value]: Instruction): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(code, 0);
  bytes.writeUInt8(ifTrue, 2);
  bytes.writeUInt8(ifFalse, 3);
  bytes.writeUInt32LE(value, 4);
  return bytes;
};
