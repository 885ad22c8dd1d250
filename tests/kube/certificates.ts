import "reflect-metadata";
import * as x509 from "@peculiar/x509";

export interface Issued {
  cert: string;
  key: string;
}

export interface Authority extends Issued {
  /** A server certificate for these names, or a client certificate for none; valid for a day by default. */
  issue(
    names: { dns?: string[]; ip?: string[] } | "client",
    valid?: { notBefore: Date; notAfter: Date },
  ): Promise<Issued>;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** A certificate authority that lives as long as the test. */
export async function createAuthority(name = "test CA"): Promise<Authority> {
  const keys = (await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as CryptoKeyPair;
  const hour = 3_600_000;
  const validity = { notBefore: new Date(Date.now() - hour), notAfter: new Date(Date.now() + 24 * hour) };
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    keys,
    ...validity,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
  });
  return {
    cert: ca.toString("pem"),
    key: await pemOf(keys.privateKey),
    async issue(names, valid = validity) {
      const own = (await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as CryptoKeyPair;
      const client = names === "client";
      const sans = client
        ? []
        : [
            ...(names.dns ?? []).map((value) => ({ type: "dns" as const, value })),
            ...(names.ip ?? []).map((value) => ({ type: "ip" as const, value })),
          ];
      const usage = client ? "1.3.6.1.5.5.7.3.2" : "1.3.6.1.5.5.7.3.1";
      const cert = await x509.X509CertificateGenerator.create({
        subject: client ? "CN=tester" : "CN=server",
        issuer: ca.subject,
        publicKey: own.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: algorithm,
        ...valid,
        extensions: [
          new x509.ExtendedKeyUsageExtension([usage]),
          ...(client ? [] : [new x509.SubjectAlternativeNameExtension(sans)]),
        ],
      });
      return { cert: cert.toString("pem"), key: await pemOf(own.privateKey) };
    },
  };
}

async function pemOf(key: CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await crypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY");
}
