import { AppError } from "../../lib/errors.ts";
import { type CommitSignature, idOfCommit, readCommit } from "./commit.ts";
import { checkPgp } from "./pgp-process.ts";
import { readSigners, type Signers } from "./signers.ts";
import { BadSignature, checkSshSignature, readSshSignature, sshFingerprint } from "./ssh-signature.ts";

/** Whose signatures count, and whether there must be one. */
export interface Trust {
  required: boolean;
  /** See `readSigners`. */
  allowedKeys: readonly string[];
}

/** What a commit's signature was found to be. */
export type SignatureFound =
  { state: "GOOD"; kind: "SSH" | "PGP"; signer: string; key: string } | { state: "REFUSED"; reason: string };

/**
 * Checks a commit's signature against the allowed keys, as they are valid now. Throws INVALID when one is required and
 * this one does not count; answers null when nobody asked for any.
 */
export async function checkSignature(
  commit: string,
  object: Uint8Array,
  { required, allowedKeys }: Trust,
  signal?: AbortSignal,
): Promise<SignatureFound | null> {
  if (!required && allowedKeys.length === 0) return null;
  const found = await judge(commit, object, readSigners(allowedKeys), signal);
  if (found.state === "GOOD" || !required) return found;
  const text = `Commit ${commit.slice(0, 12)} is not taken, for ${found.reason}. Have it signed by an allowed key, or allow the key that did.`;
  throw new AppError("INVALID", text, { field: "signature" });
}

async function judge(
  commit: string,
  object: Uint8Array,
  signers: Signers,
  signal?: AbortSignal,
): Promise<SignatureFound> {
  const refused = (reason: string) => ({ state: "REFUSED", reason }) as const;
  if (idOfCommit(object) !== commit) return refused("it is not the commit that was asked for");
  const { signature } = readCommit(object);
  if (!signature) return refused("it is not signed");
  if (signature.kind === "OTHER") return refused("it has a signature that is neither SSH's nor PGP's");
  if (signature.kind === "PGP") return judgePgp(signature, signers, signal);
  try {
    return judgeSsh(signature, signers, new Date());
  } catch (thrown) {
    if (thrown instanceof BadSignature) return refused(`its signature ${thrown.message}`);
    // What no key can be made of.
    return refused("its signature is by a key that cannot be read");
  }
}

function judgeSsh({ armour, payload }: CommitSignature, { ssh }: Signers, now: Date): SignatureFound {
  const signature = readSshSignature(armour);
  const key = sshFingerprint(signature.key);
  const known = ssh.filter(({ blob }) => blob.equals(signature.key));
  if (known.length === 0) throw new BadSignature(`is by SSH key ${key}, which is not allowed`);
  checkSshSignature(signature, payload, "git");
  const signer = known.find(
    ({ validAfter, validBefore, namespaces }) =>
      (validAfter === null || validAfter <= now) &&
      (validBefore === null || now < validBefore) &&
      (namespaces === null || namespaces.includes("git")),
  );
  if (!signer) throw new BadSignature(`is by SSH key ${key}, which is not valid now, or not for git`);
  return { state: "GOOD", kind: "SSH", signer: signer.name, key };
}

async function judgePgp(
  { armour, payload }: CommitSignature,
  { pgp }: Signers,
  signal?: AbortSignal,
): Promise<SignatureFound> {
  if (pgp.length === 0)
    return { state: "REFUSED", reason: "its signature is PGP's, and no PGP key is allowed" };
  const question = { armour, payload: Buffer.from(payload).toString("base64"), keys: pgp };
  const answer = await checkPgp(question, signal);
  if ("reason" in answer) return { state: "REFUSED", reason: `its signature ${answer.reason}` };
  return { state: "GOOD", kind: "PGP", ...answer };
}
