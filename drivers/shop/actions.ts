import type { ActionContext } from "@styrmin/driver-kit";

/** Before an upgrade: no order may be half shipped while the tables change. It starts again when the upgrade has ended. */
export async function stopWorker(ctx: ActionContext): Promise<void> {
  await ctx.stopComponents("worker");
}

/** Brings the tables to what the web server that runs now needs. To run it again changes nothing. */
export async function migrate(ctx: ActionContext): Promise<{ tables: number }> {
  const command = ["bun", "--no-install", "/app/migrate.ts"];
  const { exitCode, stdout, stderr } = await ctx.exec("web", command, { idempotent: true });
  if (exitCode !== 0) throw new Error(`The tables could not be changed: ${(stderr || stdout).slice(0, 500)}`);
  ctx.log(stdout.trim());
  return { tables: Number(/version (\d+)/.exec(stdout)?.[1]) };
}
