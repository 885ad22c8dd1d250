import { type Libc, prctl } from "../../lib/libc.ts";

/**
 * What an action's process may not ask the kernel for, whatever its container allows: a filter that holds for it and
 * all its threads, and cannot be taken off. Numbers are those of x86_64 and aarch64, in this order.
 */
const forbidden: Record<string, [x64: number, arm64: number] | [both: number]> = {
  // No network and no sockets at all, so neither the pod's network nor the runner's own socket.
  socket: [41, 198],
  // Another way to the same and to files.
  io_uring_setup: [425],
  io_uring_enter: [426],
  io_uring_register: [427],
  // No other processes; `clone` is looked at more closely below.
  fork: [57, -1],
  vfork: [58, -1],
  // Others of the same user: the runner, and other actions.
  ptrace: [101, 117],
  process_vm_readv: [310, 270],
  process_vm_writev: [311, 271],
  process_madvise: [440],
  process_mrelease: [448],
  pidfd_getfd: [438],
  pidfd_send_signal: [424],
  tkill: [200, 130],
  rt_sigqueueinfo: [129, 138],
  rt_tgsigqueueinfo: [297, 240],
  kcmp: [312, 272],
  setpriority: [141, 140],
  ioprio_set: [251, 30],
  migrate_pages: [256, 238],
  move_pages: [279, 239],
  // What would outlive the action, where the next one finds it.
  shmget: [29, 194],
  shmat: [30, 196],
  semget: [64, 190],
  msgget: [68, 186],
  mq_open: [240, 180],
  add_key: [248, 217],
  request_key: [249, 218],
  keyctl: [250, 219],
  // The system: mounts, namespaces, modules, clocks, names.
  mount: [165, 40],
  umount2: [166, 39],
  pivot_root: [155, 41],
  chroot: [161, 51],
  open_tree: [428],
  move_mount: [429],
  fsopen: [430],
  fsconfig: [431],
  fsmount: [432],
  fspick: [433],
  mount_setattr: [442],
  unshare: [272, 97],
  setns: [308, 268],
  bpf: [321, 280],
  perf_event_open: [298, 241],
  userfaultfd: [323, 282],
  name_to_handle_at: [303, 264],
  open_by_handle_at: [304, 265],
  init_module: [175, 105],
  finit_module: [313, 273],
  delete_module: [176, 106],
  kexec_load: [246, 104],
  kexec_file_load: [320, 294],
  reboot: [169, 142],
  swapon: [167, 224],
  swapoff: [168, 225],
  acct: [163, 89],
  quotactl: [179, 60],
  syslog: [103, 116],
  settimeofday: [164, 170],
  clock_settime: [227, 112],
  adjtimex: [159, 171],
  clock_adjtime: [305, 266],
  sethostname: [170, 161],
  setdomainname: [171, 162],
  personality: [135, 92],
  iopl: [172, -1],
  ioperm: [173, -1],
  modify_ldt: [154, -1],
};

const machines = {
  x64: {
    arch: 0xc000003e,
    clone: 56,
    clone3: 435,
    kill: 62,
    tgkill: 234,
    prlimit64: 302,
    affinity: 203,
    other: 0x40000000,
  },
  arm64: {
    arch: 0xc00000b7,
    clone: 220,
    clone3: 435,
    kill: 129,
    tgkill: 131,
    prlimit64: 261,
    affinity: 122,
    other: undefined,
  },
} as const;

const [load, equal, greaterOrEqual, anyBit, answer] = [0x20, 0x15, 0x35, 0x45, 0x06];
const [allowed, killed] = [0x7fff0000, 0x80000000];
const failsWith = (errno: number) => 0x00050000 | errno;
const [notPermitted, notThere] = [1, 38];
const [numberAt, archAt, firstArgumentAt] = [0, 4, 16];
const cloneThread = 0x10000;
const setFilter = 2;
const actionAvailable = 2;

/** The filter as the kernel reads it, for a process with this id (its own word for itself). Undefined elsewhere. */
export function filterFor(arch: string, pid: number): Buffer | undefined {
  const machine = machines[arch as keyof typeof machines];
  if (!machine) return undefined;
  const lines: [code: number, ifTrue: number, ifFalse: number, value: number][] = [];
  const add = (code: number, value: number, ifTrue = 0, ifFalse = 0) =>
    lines.push([code, ifTrue, ifFalse, value]);
  /** One call: what is given to do when it is this one. */
  const when = (number: number, block: () => number) => {
    const at = lines.length;
    add(equal, number);
    const length = block();
    lines[at]![2] = length;
  };
  const block = (...steps: [code: number, value: number, ifTrue?: number, ifFalse?: number][]) => {
    for (const step of steps) add(...step);
    return steps.length;
  };
  const onlyWithFirst = (...values: number[]) => [
    [load, firstArgumentAt] as [number, number],
    ...values.map((value, n) => [equal, value, values.length - n, 0] as [number, number, number, number]),
    [answer, failsWith(notPermitted)] as [number, number],
    [answer, allowed] as [number, number],
  ];

  add(load, archAt);
  add(equal, machine.arch, 1, 0);
  add(answer, killed);
  add(load, numberAt);
  if (machine.other !== undefined) {
    add(greaterOrEqual, machine.other, 0, 1);
    add(answer, failsWith(notThere));
  }
  for (const [x64, arm64 = x64] of Object.values(forbidden)) {
    const number = arch === "x64" ? x64 : arm64;
    if (number >= 0) when(number, () => block([answer, failsWith(notPermitted)]));
  }
  // The library falls back to `clone`, whose flags can be looked at here.
  when(machine.clone3, () => block([answer, failsWith(notThere)]));
  when(machine.clone, () =>
    block(
      [load, firstArgumentAt],
      [anyBit, cloneThread, 1, 0],
      [answer, failsWith(notPermitted)],
      [answer, allowed],
    ),
  );
  when(machine.kill, () => block(...onlyWithFirst(0, pid)));
  when(machine.tgkill, () => block(...onlyWithFirst(pid)));
  when(machine.prlimit64, () => block(...onlyWithFirst(0, pid)));
  when(machine.affinity, () => block(...onlyWithFirst(0, pid)));
  add(answer, allowed);

  const filter = Buffer.alloc(8 * lines.length);
  lines.forEach(([code, ifTrue, ifFalse, value], n) => {
    filter.writeUInt16LE(code, 8 * n);
    filter[8 * n + 2] = ifTrue;
    filter[8 * n + 3] = ifFalse;
    filter.writeUInt32LE(value >>> 0, 8 * n + 4);
  });
  return filter;
}

/** Sets the filter for this thread and what it becomes. Needs no-new-privileges. False where there is none. */
export function forbidCalls(libc: Libc, arch: string, pid: number): boolean {
  const filter = filterFor(arch, pid);
  if (!filter) return false;
  const program = Buffer.alloc(16);
  program.writeUInt16LE(filter.length / 8, 0);
  program.writeBigUInt64LE(BigInt(libc.address(filter)), 8);
  return libc.prctl(prctl.seccomp, setFilter, libc.address(program), 0, 0) === 0;
}

/** Whether this kernel takes a filter whose forbidden calls fail. */
export function hasFilter(libc: Libc, arch: string): boolean {
  const call = { x64: 317, arm64: 277 }[arch];
  if (call === undefined) return false;
  const action = Buffer.alloc(4);
  action.writeUInt32LE(failsWith(0));
  return libc.syscall(call, actionAvailable, 0, libc.address(action)) === 0;
}
