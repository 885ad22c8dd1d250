import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { AppError, messageOf } from "../lib/errors.ts";
import { oneOf, readEnv, text, wholeNumber } from "../lib/env.ts";

export interface StartSettings {
  home: string;
  /** Zero: any free one. */
  port: number;
  databaseUrl: string | undefined;
  /** A cluster of the user's own; without it the embedded one. */
  kubeconfig: string | undefined;
  context: string | undefined;
  intent: "DIRECT" | "PULL";
  help: boolean;
}

export const usage = `npm start                                      runs Styrmin with everything it needs on this machine
npm start -- --kubeconfig FILE [--context NAME]  uses an existing cluster instead of the embedded one

Environment: PORT (8000), STYRMIN_HOME (.styrmin), DATABASE_URL (the embedded Postgres).`;

/** Reads the command line and the environment of \`npm start\`. Throws INVALID for anything that is not understood. */
export function readSettings(
  args: string[],
  env: Record<string, string | undefined>,
  root: string,
): StartSettings {
  const { kubeconfig, context, help } = parse(args);
  if (context !== undefined && kubeconfig === undefined) {
    throw new AppError("INVALID", "--context needs --kubeconfig FILE beside it.", { field: "--context" });
  }
  const from = env.INIT_CWD ?? root;
  const file = kubeconfig === undefined ? undefined : resolve(from, kubeconfig);
  if (file !== undefined && !existsSync(file)) {
    throw new AppError("INVALID", `--kubeconfig ${kubeconfig}: there is no file ${file}.`, {
      field: "--kubeconfig",
    });
  }
  const values = readEnv(
    {
      PORT: { about: "the port of the server", read: wholeNumber(0, 65_535), fallback: 8000 },
      STYRMIN_HOME: { about: "the folder that keeps everything", read: text, fallback: ".styrmin" },
      DATABASE_URL: { about: "a Postgres to use instead of the embedded one", read: text, fallback: "" },
      STYRMIN_LOCAL_INTENT: {
        about: "who writes the resources of the cluster `local`, set when it is first registered",
        read: oneOf("direct", "pull"),
        fallback: "direct" as const,
      },
    },
    env,
  );
  return {
    home: resolve(root, values.STYRMIN_HOME),
    port: values.PORT,
    databaseUrl: values.DATABASE_URL || undefined,
    kubeconfig: file,
    context,
    intent: values.STYRMIN_LOCAL_INTENT === "pull" ? "PULL" : "DIRECT",
    help,
  };
}

function parse(args: string[]): { kubeconfig?: string; context?: string; help: boolean } {
  try {
    const { values } = parseArgs({
      args,
      options: {
        kubeconfig: { type: "string" },
        context: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
    return { ...values, help: values.help ?? false };
  } catch (thrown) {
    throw new AppError("INVALID", `${messageOf(thrown)}\n${usage}`, { cause: thrown });
  }
}
