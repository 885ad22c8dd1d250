import { AppError } from "../../lib/errors.ts";
import { isName } from "../../lib/names.ts";
import { isId } from "../db/sql.ts";

/** A name for a noun of ours. Throws INVALID. */
export function checkedName(name: string, field = "name"): string {
  if (isName(name) && !isId(name)) return name;
  throw new AppError(
    "INVALID",
    `"${name.slice(0, 80)}" cannot be a name: it must be 1 to 63 small letters, digits and hyphens, begin with a letter and not end with a hyphen.`,
    { field },
  );
}

const maxConfigBytes = 64 * 1024;

/** A JSON object of the user's; absent is empty. Throws INVALID. */
export function checkedMap(value: unknown, field: string): Record<string, unknown> {
  if (value === undefined || value === null) return {};
  if (typeof value !== "object" || Array.isArray(value)) {
    throw new AppError(
      "INVALID",
      `${field} must be a JSON object, not ${Array.isArray(value) ? "a list" : typeof value}.`,
      {
        field,
      },
    );
  }
  if (JSON.stringify(value).length > maxConfigBytes) {
    throw new AppError(
      "LIMIT",
      `${field} is larger than ${maxConfigBytes / 1024} KiB; keep large data elsewhere.`,
      { field },
    );
  }
  return value as Record<string, unknown>;
}

/** The same, of maps by component. */
export function checkedMaps(value: unknown, field: string): Record<string, Record<string, unknown>> {
  return checkedMap(value, field) as Record<string, Record<string, unknown>>;
}

/** How long a deploy may take, seconds. Throws INVALID. */
export function checkedTimeout(seconds: number | null | undefined): number {
  if (seconds === null || seconds === undefined) return 600;
  if (seconds >= 1 && seconds <= 86_400) return seconds;
  throw new AppError("INVALID", `timeoutSeconds must be from 1 to 86400, not ${seconds}.`, {
    field: "timeoutSeconds",
  });
}
