// What `bun run image` runs: makes the images of server and agent, without Docker or any other container engine.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { messageOf } from "../../lib/errors.ts";
import { programs } from "./compile.ts";
import { contentsOf, makeImage } from "./images.ts";
import { writeRootfs } from "./rootfs.ts";

const usage = `bun run image [--out DIR] [--tag TAG] [--repository NAME] [--driver DIR]…
bun run image --rootfs DIR

Writes DIR/server.tar and DIR/agent.tar (dist/images by default): OCI image layouts for \`docker load -i\`,
\`podman load -i\` and \`ctr -n k8s.io images import\`.
With --rootfs it writes the folders DIR/server and DIR/agent with what is in the images, for k8s/Dockerfile.
  --driver DIR       bakes a driver of your own into the server, beside the bundled ones
  --repository NAME  what stands before /server and /agent in the names (styrmin)
  --tag TAG          the version of package.json by default

The helm in both is the one that STYRMIN_HELM names, or the first on the PATH.`;

const startedAt = performance.now();
try {
  await main();
} catch (thrown) {
  console.error(`image: ${messageOf(thrown)}`);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      out: { type: "string", default: "dist/images" },
      tag: { type: "string" },
      repository: { type: "string" },
      driver: { type: "string", multiple: true, default: [] },
      rootfs: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return console.log(usage);
  const helm = process.env.STYRMIN_HELM || Bun.which("helm") || undefined;
  if (helm === undefined)
    console.log(
      "! No helm: the images will have none, and charts cannot be deployed. Set STYRMIN_HELM, or put helm on the PATH.",
    );

  const scratch = await mkdtemp(join(tmpdir(), "styrmin-image-"));
  try {
    const { tag, repository, driver, rootfs } = values;
    const options = { scratch, helm, drivers: driver.map((path) => resolve(path)), tag, repository };
    if (rootfs !== undefined) {
      for (const program of programs)
        await writeRootfs(join(rootfs, program), (await contentsOf(program, options)).flat());
      return;
    }
    const images = await Promise.all(programs.map((program) => makeImage(program, options)));
    await mkdir(values.out, { recursive: true });
    for (const { program, name, tar, digest } of images) {
      const path = join(values.out, `${program}.tar`);
      await writeFile(path, tar);
      console.log(`${name}  ${digest}  ${path}  ${(tar.byteLength / 1e6).toFixed(0)} MB`);
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  console.log(`made in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
}
