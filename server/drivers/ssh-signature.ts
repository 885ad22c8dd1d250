import { createHash, createPublicKey, type KeyObject, verify } from "node:crypto";

/** What `ssh-keygen -Y sign` makes, as OpenSSH's PROTOCOL.sshsig describes it. */
export interface SshSignature {
  /** The public key in SSH's own encoding. */
  key: Buffer;
  namespace: string;
  hash: string;
  algorithm: string;
  signature: Buffer;
}

/** The signature cannot be read, or does not hold; the message goes on "the signature …". */
export class BadSignature extends Error {
  override readonly name = "BadSignature";
}

export function readSshSignature(armour: string): SshSignature {
  const base64 = /-----BEGIN SSH SIGNATURE-----\n([A-Za-z0-9+/=\n]+)-----END SSH SIGNATURE-----/.exec(
    armour,
  )?.[1];
  if (base64 === undefined) throw new BadSignature("is not whole");
  const bytes = Buffer.from(base64, "base64");
  if (bytes.subarray(0, 6).toString("latin1") !== "SSHSIG") throw new BadSignature("is no SSH signature");
  const reader = createReader(bytes.subarray(6));
  if (reader.number() !== 1) throw new BadSignature("is of a version that is not known");
  const key = reader.bytes();
  const namespace = reader.bytes().toString("utf8");
  reader.bytes(); // reserved
  const hash = reader.bytes().toString("latin1");
  const inner = createReader(reader.bytes());
  reader.end();
  const algorithm = inner.bytes().toString("latin1");
  const signature = inner.bytes();
  inner.end();
  return { key, namespace, hash, algorithm, signature };
}

/** Throws BadSignature unless the key that stands in the signature made it over these bytes for this namespace. */
export function checkSshSignature(signature: SshSignature, payload: Uint8Array, namespace: string): void {
  const { key, hash, algorithm } = signature;
  if (signature.namespace !== namespace)
    throw new BadSignature(`is for "${signature.namespace.slice(0, 40)}" and not for ${namespace}`);
  if (hash !== "sha256" && hash !== "sha512") throw new BadSignature("uses a hash that is not allowed");
  const digest = createHash(hash).update(payload).digest();
  const signed = Buffer.concat([
    Buffer.from("SSHSIG"),
    ...[namespace, "", hash].map((text) => framed(Buffer.from(text))),
    framed(digest),
  ]);
  const holds = keyOf(key, algorithm);
  if (!holds(signed, signature.signature))
    throw new BadSignature("does not hold: commit or signature was changed");
}

/** The fingerprint of a key as `ssh-keygen -l` shows it. */
export function sshFingerprint(key: Uint8Array): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}

type Holds = (signed: Buffer, signature: Buffer) => boolean;

/** How a key checks signatures by one of its algorithms; SHA-1 is none of them. */
function keyOf(blob: Buffer, algorithm: string): Holds {
  const reader = createReader(blob);
  const type = reader.bytes().toString("latin1");
  const jwk = (key: object): KeyObject => createPublicKey({ key: key as never, format: "jwk" });
  const base64url = (bytes: Buffer) => bytes.toString("base64url");
  if (type === "ssh-ed25519" && algorithm === type) {
    const x = reader.bytes();
    reader.end();
    const key = jwk({ kty: "OKP", crv: "Ed25519", x: base64url(x) });
    return (signed, signature) => verify(null, signed, key, signature);
  }
  if (type === "ssh-rsa" && ["rsa-sha2-256", "rsa-sha2-512"].includes(algorithm)) {
    const [e, n] = [unsigned(reader.bytes()), unsigned(reader.bytes())];
    reader.end();
    if (n.length < 256) throw new BadSignature("is by an RSA key of less than 2048 bits");
    if (n.length > 1024 || e.length > 8) throw new BadSignature("is by an RSA key that is too large");
    const key = jwk({ kty: "RSA", n: base64url(n), e: base64url(e) });
    const hash = algorithm === "rsa-sha2-256" ? "sha256" : "sha512";
    return (signed, signature) => verify(hash, signed, key, signature);
  }
  const curve = curves[type];
  if (curve && algorithm === type) {
    reader.bytes(); // the curve's name
    const point = reader.bytes();
    reader.end();
    const { bytes, name, hash } = curve;
    if (point.length !== 1 + 2 * bytes || point[0] !== 4)
      throw new BadSignature("is by a key that cannot be read");
    const x = base64url(point.subarray(1, 1 + bytes));
    const y = base64url(point.subarray(1 + bytes));
    const key = jwk({ kty: "EC", crv: name, x, y });
    return (signed, signature) => {
      const parts = createReader(signature);
      const [r, s] = [unsigned(parts.bytes()), unsigned(parts.bytes())];
      parts.end();
      if (r.length > bytes || s.length > bytes) return false;
      const plain = Buffer.alloc(2 * bytes);
      r.copy(plain, bytes - r.length);
      s.copy(plain, 2 * bytes - s.length);
      return verify(hash, signed, { key, dsaEncoding: "ieee-p1363" }, plain);
    };
  }
  throw new BadSignature(
    `is by ${algorithm.slice(0, 40)} of a key of kind ${type.slice(0, 40)}, which is not supported`,
  );
}

const curves: Record<string, { name: string; bytes: number; hash: string }> = {
  "ecdsa-sha2-nistp256": { name: "P-256", bytes: 32, hash: "sha256" },
  "ecdsa-sha2-nistp384": { name: "P-384", bytes: 48, hash: "sha384" },
  "ecdsa-sha2-nistp521": { name: "P-521", bytes: 66, hash: "sha512" },
};

/** Reads SSH's encoding: numbers of four bytes, and bytes after their length. */
function createReader(bytes: Buffer) {
  let at = 0;
  const take = (length: number): Buffer => {
    if (length > bytes.length - at) throw new BadSignature("ends too early");
    const part = bytes.subarray(at, at + length);
    at += length;
    return part;
  };
  const number = () => take(4).readUInt32BE(0);
  return {
    number,
    bytes: () => take(number()),
    end() {
      if (at !== bytes.length) throw new BadSignature("has more bytes than it should");
    },
  };
}

function framed(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** Without the zeros that keep a number from being negative. */
function unsigned(bytes: Buffer): Buffer {
  let from = 0;
  while (from < bytes.length - 1 && bytes[from] === 0) from++;
  return bytes.subarray(from);
}
