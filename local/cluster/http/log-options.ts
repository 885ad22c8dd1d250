import { badRequest } from "../errors.ts";
import { type LogOptions, StatusError } from "../types.ts";
import { isSet } from "./request.ts";

/** What of a log is asked for. Throws the refusals of a real API server. */
export function logOptionsOf(query: URLSearchParams, pod: string): LogOptions {
  const wrong = (why: string) => new StatusError(422, "Invalid", `PodLogOptions "${pod}" is invalid: ${why}`);
  const number = (name: string, least: 0 | 1): number | undefined => {
    const text = query.get(name);
    if (text === null || text === "") return undefined;
    if (!/^-?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing "${text}": invalid syntax`);
    const rule = least === 0 ? "greater than or equal to 0" : "greater than 0";
    if (Number(text) < least) throw wrong(`${name}: Invalid value: ${text}: must be ${rule}`);
    return Number(text);
  };
  const tailLines = number("tailLines", 0);
  const limitBytes = number("limitBytes", 1);
  const sinceSeconds = number("sinceSeconds", 1);
  const sinceTime = query.get("sinceTime") || undefined;
  if (sinceTime !== undefined && sinceSeconds !== undefined) {
    throw wrong("[]: Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified");
  }
  const since = timeOf(sinceTime) ?? (sinceSeconds && new Date(Date.now() - sinceSeconds * 1000));
  return {
    follow: isSet(query, "follow"),
    timestamps: isSet(query, "timestamps"),
    previous: isSet(query, "previous"),
    ...(tailLines === undefined ? {} : { tailLines }),
    ...(limitBytes === undefined ? {} : { limitBytes }),
    ...(since ? { since } : {}),
  };
}

function timeOf(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const time = new Date(text);
  if (!Number.isNaN(time.getTime())) return time;
  const layout = "2006-01-02T15:04:05Z07:00";
  throw badRequest(`parsing time "${text}" as "${layout}": cannot parse "${text}" as "2006"`);
}
