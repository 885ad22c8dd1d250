import { GraphQLError, type GraphQLFormattedError } from "graphql";
import { AppError } from "../../lib/errors.ts";
import type { Log } from "../../lib/log.ts";
import { newId } from "../../lib/names.ts";

/**
 * What a client may see of anything thrown in a resolver. An `AppError` goes out with its code, field and
 * problems; everything else becomes "Unexpected error" with an id, and goes in full to the log.
 */
export function toGraphQLError(thrown: unknown, log: Log): GraphQLError {
  if (thrown instanceof GraphQLError && typeof thrown.extensions.code === "string") return thrown;
  if (thrown instanceof AppError) {
    const { code, field, problems } = thrown;
    const extensions = {
      code,
      ...(field === undefined ? {} : { field }),
      ...(problems.length === 0 ? {} : { problems }),
    };
    return new GraphQLError(printable(thrown.message), { extensions });
  }
  return masked(thrown, log);
}

/**
 * The last look at an answer's errors. Errors with a path and no code of ours were made by the executor
 * (a null where none may be, an enum value nobody knows): unforeseen, so masked. Errors without a path are
 * about the request itself: INVALID. Suggestions of names are cut off where the schema is not to be told.
 */
export function presentErrors(
  errors: readonly (GraphQLError | GraphQLFormattedError)[],
  { log, suggestions }: { log: Log; suggestions: boolean },
): GraphQLFormattedError[] {
  return errors.map((error) => {
    const given = error instanceof GraphQLError ? error.toJSON() : error;
    const formed = { ...given, message: printable(given.message) };
    if (typeof formed.extensions?.code === "string") return formed;
    if (formed.path !== undefined) return { ...masked(formed, log).toJSON(), path: formed.path };
    const message = suggestions ? formed.message : formed.message.replace(/ Did you mean .*$/s, "");
    const field = fieldOf(formed.message);
    const about = field === undefined ? {} : { field };
    return { ...formed, message, extensions: { ...formed.extensions, code: "INVALID", ...about } };
  });
}

/** The input that graphql finds at fault in a variable, by its words: `input.name` is `name`, as everywhere. */
function fieldOf(message: string): string | undefined {
  const [, variable, path] = /^Variable "\$(\w+)"(?:.* at "([\w.[\]]+)")?/s.exec(message) ?? [];
  if (variable === undefined) return undefined;
  const [, key] = /(?:; |\. )Field "(\w+)" (?:of required type|is not defined)/.exec(message) ?? [];
  const whole = [path ?? variable, key].filter((part) => part !== undefined).join(".");
  return whole.replace(/^input\./, "");
}

const maxMessageLength = 2_000;

/** Messages quote what was sent: neither its length nor a terminal's control characters come back. */
function printable(message: string): string {
  const cut = message.length > maxMessageLength ? `${message.slice(0, maxMessageLength)}…` : message;
  return cut.toWellFormed().replace(/[^\P{Cc}\n\t]/gu, "\uFFFD");
}

function masked(thrown: unknown, log: Log): GraphQLError {
  const id = newId();
  log.error("unexpected error", { id, error: thrown instanceof Error ? thrown : JSON.stringify(thrown) });
  return new GraphQLError(
    `Unexpected error. The server's log has it in full under the id ${id}; try again, and report it if it stays.`,
    { extensions: { code: "UNAVAILABLE", id } },
  );
}
