import "reflect-metadata";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as x509 from "@peculiar/x509";

/** The server's certificate and key, and the CA that clients trust; all PEM. */
export interface TlsFiles {
  ca: string;
  cert: string;
  key: string;
}

const HOUR = 3_600_000;
const YEAR = 365 * 24 * HOUR;
const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** The certificates of a cluster: read from its folder, or made once and kept there, since kubeconfigs name the CA. */
export async function loadCertificates(folder: string): Promise<TlsFiles> {
  const file = join(folder, "tls.json");
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as TlsFiles;
  const made = await makeCertificates();
  writeFileSync(file, JSON.stringify(made), { mode: 0o600 });
  return made;
}

async function makeCertificates(): Promise<TlsFiles> {
  const notBefore = new Date(Date.now() - HOUR);
  const notAfter = new Date(Date.now() + 10 * YEAR);
  const caKeys = await makeKeys();
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: "CN=styrmin embedded cluster",
    notBefore,
    notAfter,
    signingAlgorithm: algorithm,
    keys: caKeys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  });
  const keys = await makeKeys();
  const cert = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: "CN=localhost",
    issuer: ca.subject,
    notBefore,
    notAfter,
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: caKeys.privateKey,
    extensions: [
      new x509.SubjectAlternativeNameExtension([
        { type: "dns", value: "localhost" },
        { type: "ip", value: "127.0.0.1" },
      ]),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      await x509.AuthorityKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  });
  const key = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    ca: ca.toString("pem"),
    cert: cert.toString("pem"),
    key: x509.PemConverter.encode(key, "PRIVATE KEY"),
  };
}

function makeKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]) as Promise<CryptoKeyPair>;
}

/** Positive and short enough for every reader. */
function serial(): string {
  return `01${crypto.randomUUID().replaceAll("-", "").slice(0, 16)}`;
}
