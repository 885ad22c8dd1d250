import { AppError, messageOf } from "../lib/errors.ts";

/**
 * The port the server will get: the one that is wanted, or any free one for 0. It is chosen before anything is
 * started, and kept when the server is started again. Throws CONFLICT when somebody else has it.
 */
export function choosePort(wanted: number): number {
  try {
    const probe = Bun.listen({ hostname: "127.0.0.1", port: wanted, socket: { data() {} } });
    const { port } = probe;
    probe.stop(true);
    return port;
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
