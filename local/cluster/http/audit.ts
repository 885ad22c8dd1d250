import { closeSync, openSync, writeSync } from "node:fs";
import { resourceKey } from "../resources.ts";
import type { Call } from "./request.ts";

/** One request, as a line of `audit.log`. */
export interface AuditLine {
  time: string;
  user: string;
  userAgent: string;
  verb: string;
  /** `deployments.apps`, with `/status` and the like. */
  resource: string;
  namespace?: string;
  name?: string;
  manager: string;
  dryRun: boolean;
  code: number;
  /** Whether anything was stored. */
  changed: boolean;
}

export interface Audit {
  write(call: Call, verb: string, code: number): void;
  close(): void;
}

/** Writes each line before its request is answered, so that a kill -9 loses none that a client saw. */
export function openAudit(file: string): Audit {
  const descriptor = openSync(file, "a", 0o600);
  return {
    write(call, verb, code) {
      if (!call.path) return;
      const { resource, namespace, name = call.madeName, subresource } = call.path;
      const line: AuditLine = {
        time: new Date().toISOString(),
        user: call.user.name,
        userAgent: call.request.headers.get("user-agent") ?? "",
        verb,
        resource: resourceKey(resource) + (subresource ? `/${subresource}` : ""),
        ...(namespace === undefined ? {} : { namespace }),
        ...(name === undefined ? {} : { name }),
        manager: call.manager,
        dryRun: call.dryRun,
        code,
        changed: call.changed,
      };
      writeSync(descriptor, `${JSON.stringify(line)}\n`);
    },
    close: () => closeSync(descriptor),
  };
}

export const noAudit: Audit = { write() {}, close() {} };
