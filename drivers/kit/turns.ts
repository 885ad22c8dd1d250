/** Lets one piece of work after the other go on; one whose signal is aborted by then does not begin. */
export function createTurns() {
  let last: Promise<unknown> = Promise.resolve();
  return function inTurn<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const own = last.then(() => {
      signal?.throwIfAborted();
      return work();
    });
    last = own.catch(() => {});
    return own;
  };
}
