import { AppError } from "../../lib/errors.ts";

export interface Listening {
  host: string;
  /** Zero: any free one. */
  port: number;
  /** The variable to change when the port cannot be used. */
  variable: string;
  fetch: (request: Request, self: Bun.Server<undefined>) => Response | Promise<Response>;
}

/** Listens. Throws UNAVAILABLE when the port cannot be used. */
export function listen({ host, port, variable, fetch }: Listening): Bun.Server<undefined> {
  try {
    return Bun.serve({
      hostname: host,
      port,
      // Bodies are limited as they are read; long polls and streams set their own time limits.
      maxRequestBodySize: 64 * 1024 * 1024,
      idleTimeout: 60,
      fetch,
    });
  } catch (thrown) {
    const message = `The port ${port} of ${host} cannot be used: it is taken, or not allowed. Set ${variable} to another one.`;
    throw new AppError("UNAVAILABLE", message, { field: variable, cause: thrown });
  }
}
