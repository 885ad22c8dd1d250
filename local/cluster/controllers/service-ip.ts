const prefix = "10.96.";
const capacity = 256 * 256;

/**
 * A free address for a Service out of 10.96.0.0/16. `used` holds the `spec.clusterIP` of every Service; the
 * API server calls this when a Service of a type other than ExternalName is created without a clusterIP, and
 * sets `clusterIP` and `clusterIPs`. 10.96.0.1 (the Service `kubernetes`) and 10.96.0.10 (by custom the
 * cluster's DNS) are kept back. Throws when the range is exhausted.
 */
export function allotClusterIP(used: Set<string>): string {
  const start = Math.floor(Math.random() * capacity);
  for (let step = 0; step < capacity; step++) {
    const number = (start + step) % capacity;
    const address = `${prefix}${number >> 8}.${number & 255}`;
    if (!isKept(number) && !used.has(address)) return address;
  }
  throw new Error("every address of 10.96.0.0/16 is in use: delete Services that are not needed");
}

function isKept(number: number): boolean {
  return number < 16 || number === capacity - 1;
}
