import type { ActionContext } from "@styrmin/driver-kit";

export async function welcome(ctx: ActionContext) {
  const { exitCode, stderr } = await ctx.exec(
    "web",
    ["bun", "/app/server.ts", "add", String(ctx.prompts.host)],
    { idempotent: true },
  );
  if (exitCode !== 0) throw new Error(`The first entry could not be written: ${stderr}`);
}

export async function renumber(ctx: ActionContext) {
  const { stdout } = await ctx.exec("web", ["bun", "/app/server.ts", "count"], { idempotent: true });
  ctx.log(`${stdout.trim()} entries came along from ${ctx.context.upgrade?.from}`);
}
