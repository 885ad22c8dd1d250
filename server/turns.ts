/**
 * Makes a function that runs work of one key in order, one after the other, and work of different keys side by side.
 * Within this process only: where it must hold everywhere, the database's locks are behind it.
 */
export function createTurns() {
  const last = new Map<string, Promise<unknown>>();
  return function inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
    const own = (last.get(key) ?? Promise.resolve()).then(work, work);
    const settled = own.catch(() => {});
    last.set(key, settled);
    void settled.then(() => {
      if (last.get(key) === settled) last.delete(key);
    });
    return own;
  };
}
