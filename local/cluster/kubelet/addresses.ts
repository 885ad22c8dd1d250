export interface Addresses {
  /** An address of 10.244.0.0/16 for a pod: the one it had, when nobody else has it. */
  take(uid: string, wanted: string | undefined): string;
  free(uid: string): void;
}

/** Hands out pod addresses in turn, so that one just given back is not used again soon. */
export function createAddresses(): Addresses {
  const first = 2; // 10.244.0.1 is the node's
  const last = 65_533; // the one after it is the trial container's
  const taken = new Map<string, string>();
  let next = first;
  const isFree = (ip: string) => ![...taken.values()].includes(ip);
  return {
    take(uid, wanted) {
      if (wanted?.startsWith("10.244.") && isFree(wanted)) {
        taken.set(uid, wanted);
        return wanted;
      }
      for (;;) {
        const ip = `10.244.${next >> 8}.${next & 255}`;
        next = next >= last ? first : next + 1;
        if (!isFree(ip)) continue;
        taken.set(uid, ip);
        return ip;
      }
    },
    free: (uid) => void taken.delete(uid),
  };
}
