import { type Command, CommanderError, InvalidArgumentError } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import { ClientError } from "../sdk/index.ts";
import { Exit, exitCodes, type Io } from "./io.ts";
import { neutralise } from "./output.ts";

/** Runs one command line and answers its exit code. Every failure is a sentence on stderr. */
export async function run(createProgram: (io: Io) => Command, argv: string[], io: Io): Promise<number> {
  // No option of the program: `deployments update --version` is another.
  if (argv[0] === "--version" || argv[0] === "-V") {
    io.stdout(`${packageJson.version}\n`);
    return exitCodes.ok;
  }
  try {
    await createProgram(io).parseAsync(argv, { from: "user" });
    return exitCodes.ok;
  } catch (thrown) {
    if (io.signal.aborted) return exitCodes.interrupted;
    // Thrown by a parser it was printed already; thrown by a command it was not.
    if (thrown instanceof InvalidArgumentError) {
      io.stderr(`styrminctl: ${neutralise(thrown.message)}\n`);
      return exitCodes.usage;
    }
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    const { code, lines } = explain(thrown);
    io.stderr(lines.map((line) => `${neutralise(byOptions(line))}\n`).join(""));
    return code;
  }
}

const optionOf: Record<string, [set: string, unset: string]> = {
  Config: ["--set-config", "--unset-config"],
  EnvVars: ["--env", "--unset-env"],
  ContainerOverrides: ["--override", "--unset-override"],
};

/** Names the option that was given where the API names its field. */
const byOptions = (line: string): string =>
  line.replaceAll(
    /\bchange(Config|EnvVars|ContainerOverrides)\.(\S+)( is not set)?/g,
    (_, field: string, place: string, isAbsent: string | undefined) =>
      `${optionOf[field]![isAbsent ? 1 : 0]} ${place}${isAbsent ?? ""}`,
  );

function explain(thrown: unknown): { code: number; lines: string[] } {
  if (thrown instanceof Exit) return { code: thrown.code, lines: [`styrminctl: ${thrown.message}`] };
  if (thrown instanceof ClientError) {
    const { problems } = thrown;
    const isTold = ({ field, message }: (typeof problems)[number]) =>
      thrown.message.includes(field) && thrown.message.includes(message);
    // The sentence names the first problems, mostly all of them: what it has told is not told again. Where it breaks
    // off, all of them stand below it.
    const untold = thrown.message.replace(/^([^:]+): .*; and \d+ more\b/s, `$1: ${problems.length} problems`);
    const isBroken = untold !== thrown.message && !problems.every(isTold);
    const details = problems.flatMap((problem) =>
      isTold(problem) && problem.excerpt === undefined && !isBroken
        ? []
        : [`  ${problem.field}: ${problem.message}`, ...(problem.excerpt?.split("\n") ?? [])],
    );
    const unreachable = thrown.code === "UNAVAILABLE" && thrown.cause !== undefined;
    const code = unreachable ? exitCodes.unreachable : exitCodes.refused;
    return {
      code,
      lines: [`styrminctl: ${isBroken ? untold : thrown.message} (${thrown.code})`, ...details],
    };
  }
  const text = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  return { code: exitCodes.refused, lines: [`styrminctl: unexpected error: ${text}`] };
}
