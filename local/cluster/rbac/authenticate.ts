import { jwtVerify, SignJWT } from "jose";
import type { Secrets } from "../identities.ts";
import type { Store } from "../store.ts";
import type { KubeObject } from "../types.ts";
import { anonymous, masters, serviceAccount, type User } from "./user.ts";

/** For whom a token is when its request names nobody. */
export const defaultAudience = "https://kubernetes.default.svc.cluster.local";

export interface Authentication {
  /** Who sends a request; undefined when the token is not, or no longer, anybody's. */
  userOf(request: Request): Promise<User | undefined>;
  /** A token of a service account. It ends with its time, or with the account. */
  tokenFor(account: KubeObject, audiences: string[], seconds: number): Promise<IssuedToken>;
}

export interface IssuedToken {
  token: string;
  expiresAt: Date;
}

const accounts = { group: "", resource: "serviceaccounts" };
const mostKnown = 1_000;

interface Claims {
  sub: string;
  exp: number;
  "kubernetes.io": { namespace: string; serviceaccount: { name: string; uid: string } };
}

/** Tokens as identities: the admin's own, and those of service accounts, which are signed and not kept. */
export function createAuthentication(store: Store, { adminToken, signingKey }: Secrets): Authentication {
  const key = Buffer.from(signingKey, "base64url");
  const admin: User = { name: "admin", groups: [masters, "system:authenticated"] };
  /** The signature of a token is looked at once. */
  const verified = new Map<string, Claims>();

  const claimsOf = async (token: string): Promise<Claims | undefined> => {
    const known = verified.get(token);
    if (known) return known;
    try {
      const options = { issuer: defaultAudience, audience: defaultAudience, algorithms: ["HS256"] };
      const { payload } = await jwtVerify<Claims>(token, key, options);
      if (verified.size >= mostKnown) verified.clear();
      verified.set(token, payload);
      return payload;
    } catch {
      return undefined;
    }
  };

  return {
    async userOf(request) {
      const token = /^Bearer +(\S+)$/.exec(request.headers.get("authorization") ?? "")?.[1];
      if (token === undefined) return anonymous;
      if (token === adminToken) return admin;
      const claims = await claimsOf(token);
      if (!claims || claims.exp * 1000 <= Date.now()) return undefined;
      const { namespace, serviceaccount } = claims["kubernetes.io"];
      const account = store.get(accounts, serviceaccount.name, namespace)?.object;
      // Deleted, or made anew under the same name: its tokens are nobody's.
      if (account?.metadata.uid !== serviceaccount.uid) return undefined;
      return serviceAccount(namespace, serviceaccount.name, serviceaccount.uid);
    },
    async tokenFor({ metadata: { name, namespace = "", uid } }, audiences, seconds) {
      const issued = Math.floor(Date.now() / 1000);
      const claims = { "kubernetes.io": { namespace, serviceaccount: { name, uid } } };
      const token = await new SignJWT(claims)
        .setProtectedHeader({ alg: "HS256" })
        .setIssuer(defaultAudience)
        .setSubject(serviceAccount(namespace, name).name)
        .setAudience(audiences)
        .setIssuedAt(issued)
        .setNotBefore(issued)
        .setExpirationTime(issued + seconds)
        .setJti(crypto.randomUUID())
        .sign(key);
      return { token, expiresAt: new Date((issued + seconds) * 1000) };
    },
  };
}
