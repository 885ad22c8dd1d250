/** One thing that is wrong with an input. */
export interface ClientProblem {
  field: string;
  message: string;
  /** The line of a file, and below it a caret under the place. */
  excerpt?: string;
}

/**
 * What a call to the server failed with. `code` is one of the server's closed list (NOT_FOUND, EXISTS,
 * CONFLICT, INVALID, FORBIDDEN, UNAUTHENTICATED, UNAVAILABLE, LIMIT); UNAVAILABLE also stands for a server
 * that cannot be reached, and is then safe to try again for queries and for mutations with an
 * idempotency key.
 */
export class ClientError extends Error {
  override readonly name = "ClientError";
  readonly code: string;
  readonly field: string | undefined;
  readonly problems: ClientProblem[];
  /** Under this id the server's log has a failure that nobody foresaw: it may well come again with every try. */
  readonly unexpectedId: string | undefined;

  constructor(
    code: string,
    message: string,
    options: { field?: string; problems?: ClientProblem[]; unexpectedId?: string; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.field = options.field;
    this.problems = options.problems ?? [];
    this.unexpectedId = options.unexpectedId;
  }

  /** Whether the same may be answered a little later: the server is away, or the database behind it. */
  get mayPass(): boolean {
    return this.code === "UNAVAILABLE" && this.unexpectedId === undefined;
  }
}

/** An error of a GraphQL answer, as far as it is known to have any shape. */
export function toClientError(error: unknown): ClientError {
  const { message = "The server answered an error without a text.", extensions = {} } = (error ?? {}) as {
    message?: string;
    extensions?: { code?: string; field?: string; problems?: ClientProblem[]; id?: string };
  };
  const { code = "UNAVAILABLE", field, problems, id } = extensions;
  return new ClientError(code, message, { field, problems, unexpectedId: id });
}
