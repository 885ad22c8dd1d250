import { existsSync, mkdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compile, type Program } from "../../k8s/image/compile.ts";
import { eventually } from "../helpers/eventually.ts";

/**
 * The path of a program as the images have it: compiled, it starts with a third of the work, which counts where it is
 * started a hundred times. Made once in a run of `npm test`, whose files share it; else once in each file.
 */
export function compiledProgram(program: Program): Promise<string> {
  const folder = join(tmpdir(), `styrmin-${program}-${process.env.STYRMIN_TEST_RUN ?? process.pid}`);
  const [file, done] = [join(folder, `styrmin-${program}`), join(folder, "done")];
  return (making[program] ??= make());

  async function make(): Promise<string> {
    if (mkdirSync(folder, { recursive: true }) === undefined) {
      await eventually(`another file has compiled the ${program}`, () => existsSync(done));
    } else {
      // A run of `npm test` removes its own folder.
      if (!process.env.STYRMIN_TEST_RUN)
        process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
      await compile(program, folder);
      await Bun.write(done, "");
    }
    return file;
  }
}

const making: Partial<Record<Program, Promise<string>>> = {};
