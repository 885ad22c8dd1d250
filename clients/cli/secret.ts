import { readFileText } from "./arguments.ts";
import { Exit, exitCodes, type Io } from "./io.ts";

/**
 * Reads something that no shell history, process list or terminal should show: from a file (`-` is standard input),
 * or, when somebody sits there, by asking for it.
 */
export async function readSecret(io: Io, what: string, file: string | undefined): Promise<string> {
  const option = `--${what}-file`;
  let text: string;
  if (file === "-") text = await Bun.stdin.text();
  else if (file !== undefined) text = await readFileText(file, option);
  else if (io.interactive) text = await ask(io, what);
  else throw new Exit(exitCodes.usage, `The ${what} is needed: give it by ${option} FILE, or - for stdin.`);
  const secret = text.trim();
  if (secret === "") throw new Exit(exitCodes.usage, `The ${what} is empty.`);
  return secret;
}

/** Without an echo: what is typed or pasted is not shown. */
async function ask(io: Io, what: string): Promise<string> {
  const { stdin } = process;
  io.stderr(`The ${what}: `);
  stdin.setRawMode(true);
  try {
    let typed = "";
    for await (const chunk of stdin) {
      for (const key of String(chunk)) {
        if (key === "\r" || key === "\n" || key === "\u0004") return typed;
        if (key === "\u0003") throw new Exit(exitCodes.interrupted, "Nothing was done.");
        typed = key === "\u007f" ? typed.slice(0, -1) : typed + key;
      }
    }
    return typed;
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    io.stderr("\n");
  }
}
