import { AppError } from "../../lib/errors.ts";

/** What a server answers is not what git would answer. `how` goes on after "the answer". */
export function malformed(how: string): AppError {
  const message = `The repository cannot be read: the server's answer ${how}. Make sure that git itself can clone it (git fsck).`;
  return new AppError("INVALID", message, { field: "url" });
}

/** One of the limits of loading; `limit` is its name in docs/drivers/git.md. */
export function exceeded(limit: string, what: string): AppError {
  const message = `The repository ${what} (limit: ${limit}). Keep drivers in a repository of their own, or name another commit.`;
  return new AppError("LIMIT", message, { field: "url" });
}

/** The server said no, in words of its own. */
export class GitRefusal extends Error {
  override readonly name = "GitRefusal";

  constructor(text: string) {
    // Foreign text: one line of it, without control characters.
    super(
      text
        .replaceAll(/[\p{Cc}\p{Cf}]+/gu, " ")
        .trim()
        .slice(0, 200)
        .replace(/[. ]+$/, ""),
    );
  }
}

/** The network's errors in our own words. Never shows more of an address than `url`, which holds no credentials. */
export function unreachable(thrown: unknown, url: string): AppError {
  if (thrown instanceof AppError) return thrown;
  const { code = "", message = "" } = thrown as { code?: string; message?: string };
  const host = URL.parse(url)?.host ?? url;
  const repository = repositoryOf(url);
  const fail = (text: string) => new AppError("UNAVAILABLE", text, { field: "url", cause: thrown });
  const certificate = certificateTrouble(code, message);
  if (certificate) return fail(`The certificate of ${host} ${certificate}`);
  const known: Record<string, string> = {
    ENOTFOUND: "its name is not known",
    EAI_AGAIN: "its name cannot be looked up now",
    ECONNREFUSED: "nothing listens there",
    ECONNRESET: "it closed the connection",
    ETIMEDOUT: "it does not answer",
    EHOSTUNREACH: "no way leads there",
    ENETUNREACH: "no way leads there",
  };
  const reason = known[code] ?? [message.slice(0, 200), code && `(${code})`].filter(Boolean).join(" ");
  return fail(
    `Repository ${repository} cannot be reached: ${reason}. Check the address and that the server may reach it.`,
  );
}

/** The repository that a request was about. */
export const repositoryOf = (url: string) => url.replace(/\/(info\/refs(\?.*)?|git-upload-pack)$/, "");

function certificateTrouble(code: string, message: string): string | undefined {
  const text = `${code} ${message}`;
  if (/CERT_HAS_EXPIRED|has expired/i.test(text)) return "has expired. Its operator must renew it.";
  if (/CERT_NOT_YET_VALID|not yet valid/i.test(text)) {
    return "is not valid yet. Check the clocks of both machines.";
  }
  if (/ALTNAME|does not match/i.test(text)) {
    return "is for another name. Use the name that stands in it.";
  }
  if (/SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|self.signed|unable to (verify|get)/i.test(text)) {
    return "is signed by none of the certificate authorities that count. Record its own with `repositories create … --ca FILE`.";
  }
  if (/CERT|certificate/i.test(text)) return `is not accepted (${code || message.slice(0, 100)}).`;
  return undefined;
}
