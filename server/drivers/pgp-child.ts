/**
 * The child process that checks a PGP signature: question as JSON on stdin, answer as JSON on stdout. The library reads
 * packets that anybody may have made, so it does that where time and memory are limited.
 */
import { createMessage, readKeys, readSignature, verify } from "openpgp";

export interface PgpQuestion {
  armour: string;
  /** The signed bytes, base64. */
  payload: string;
  /** Armoured public keys. */
  keys: string[];
}

export type PgpAnswer = { signer: string; key: string } | { reason: string };

const question = (await Bun.stdin.json()) as PgpQuestion;
const answer = await check(question).catch((): PgpAnswer => ({ reason: "cannot be read" }));
await Bun.write(Bun.stdout, JSON.stringify(answer));
process.exit(0);

async function check({ armour, payload, keys }: PgpQuestion): Promise<PgpAnswer> {
  const signature = await readSignature({ armoredSignature: armour });
  const known = (await Promise.all(keys.map((key) => readKeys({ armoredKeys: key })))).flat();
  const message = await createMessage({ binary: new Uint8Array(Buffer.from(payload, "base64")) });
  const { signatures } = await verify({ message, signature, verificationKeys: known });
  // One is enough for git, and a second could be anybody's.
  const [only] = signatures;
  if (!only || signatures.length > 1) return { reason: "is not one signature" };
  const [key] = known.filter((one) => one.getKeys(only.keyID).length > 0);
  if (!key) return { reason: `is by PGP key ${only.keyID.toHex()}, which is not allowed` };
  const shown = key.getFingerprint().toUpperCase();
  try {
    await only.verified;
  } catch (thrown) {
    const expired = /expired|not yet valid|revoked/i.test(String(thrown));
    return {
      reason: expired
        ? `is by PGP key ${shown}, which is not valid`
        : "does not hold: commit or signature was changed",
    };
  }
  try {
    // The library asks whether the key was valid when it signed, which is for whoever has the key to write.
    await key.verifyPrimaryKey();
    await key.getSigningKey(only.keyID);
  } catch {
    return { reason: `is by PGP key ${shown}, which has expired or was revoked` };
  }
  return { signer: key.getUserIDs()[0] ?? shown, key: shown };
}
