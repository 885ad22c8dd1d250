/**
 * Puts a command under its parent's fate: when the process that starts it dies, by whatever means, the kernel
 * kills it (Linux, util-linux `setpriv`; elsewhere the command is returned as it is). It holds through `exec`,
 * so the pid stays the command's own. A program started so must do the same with its own children.
 */
export function tiedToParent(command: string[], signal: "KILL" | "TERM" = "KILL"): string[] {
  const setpriv = process.platform === "linux" ? Bun.which("setpriv") : null;
  return setpriv ? [setpriv, "--pdeathsig", signal, ...command] : command;
}
