import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { AppError } from "../../lib/errors.ts";

/** Seals secrets with the server's key (AES-256-GCM). What was sealed opens only with the same `about`. */
export interface Sealing {
  seal(text: string, about: string): Buffer;
  /** Throws UNAVAILABLE when it was sealed with another key, for something else, or was changed. */
  open(sealed: Uint8Array, about: string): string;
}

const algorithm = "aes-256-gcm";
const [ivBytes, tagBytes, keyBytes] = [12, 16, 32];

export function createSealing(key: Uint8Array): Sealing {
  return {
    seal(text, about) {
      const iv = randomBytes(ivBytes);
      const cipher = createCipheriv(algorithm, key, iv).setAAD(Buffer.from(about));
      const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), sealed]);
    },
    open(sealed, about) {
      try {
        const bytes = Buffer.from(sealed);
        const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, ivBytes));
        decipher.setAAD(Buffer.from(about)).setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes));
        return (
          decipher.update(bytes.subarray(ivBytes + tagBytes), undefined, "utf8") + decipher.final("utf8")
        );
      } catch (cause) {
        const text =
          "A sealed secret does not open: the server has another key than the one it was sealed with.";
        throw new AppError("UNAVAILABLE", `${text} Give it the former one in STYRMIN_SEALING_KEY_FILE.`, {
          cause,
        });
      }
    },
  };
}

/** Reads the key from a file of 64 hex digits; makes it (mode 0600) when there is none. Throws INVALID. */
export async function readSealingKey(path: string): Promise<Uint8Array> {
  const text = (await readOrMake(path)).trim();
  if (!/^[0-9a-f]{64}$/i.test(text)) {
    throw new AppError(
      "INVALID",
      `${path} does not hold a sealing key (64 hex digits); put the former one back.`,
    );
  }
  return Buffer.from(text, "hex");
}

async function readOrMake(path: string): Promise<string> {
  const known = await readFile(path, "utf8").catch(() => undefined);
  if (known !== undefined) return known;
  await mkdir(dirname(path), { recursive: true });
  // Written whole under another name and linked: a kill leaves no half key, and the first of two servers wins.
  const draft = `${path}.${process.pid}.new`;
  await writeFile(draft, `${randomBytes(keyBytes).toString("hex")}\n`, { mode: 0o600 });
  await link(draft, path).catch((thrown) => {
    if ((thrown as NodeJS.ErrnoException).code !== "EEXIST") throw thrown;
  });
  await rm(draft, { force: true });
  return readFile(path, "utf8");
}
