import { AppError, messageOf } from "../lib/errors.ts";

/**
 * The port the server will get: the one that is wanted, or any free one for 0. It is chosen before anything is
 * started, and kept when the server is started again. Throws CONFLICT when somebody else has it.
 */
export function choosePort(wanted: number): number {
  if (wanted === 0) return anyPort();
  try {
    return probe(wanted);
  } catch (cause) {
    const taken = (cause as { code?: string }).code === "EADDRINUSE";
    const why = taken ? "is in use by another program" : `cannot be used (${messageOf(cause)})`;
    throw new AppError(
      "CONFLICT",
      `Port ${wanted} ${why}; end that program, or choose another port: PORT=${wanted + 1} npm start`,
      { field: "PORT", cause },
    );
  }
}

/**
 * A port that is free now and stays so until the server listens, seconds later or after a restart: below those that the
 * system gives to every connection that goes out (from 32768 on Linux, from 49152 elsewhere).
 */
function anyPort(): number {
  for (let tries = 0; tries < 100; tries++) {
    try {
      return probe(20_000 + Math.floor(Math.random() * 12_000));
    } catch {
      // Somebody has it.
    }
  }
  return probe(0);
}

/** Takes a port and lets it go; throws when it cannot be had. */
function probe(wanted: number): number {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: wanted, socket: { data() {} } });
  const { port } = listener;
  listener.stop(true);
  return port;
}
