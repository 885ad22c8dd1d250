import {
  checkDriver,
  digestOf,
  type DriverFiles,
  driverFileName,
  excerptOf,
  type DriverSpec,
  parseDriver,
  placeText,
  type Problem,
  problemText,
  type Rule,
  textOf,
} from "../../drivers/kit/index.ts";
import { AppError } from "../../lib/errors.ts";
import { readCommit } from "./commit.ts";
import { loadFromDirectory } from "./directory.ts";
import { type GitSource, loadFromGit } from "./git.ts";
import type { LoadLimits } from "./limits.ts";
import { checkSignature, type SignatureFound, type Trust } from "./signature.ts";

export type DriverSource =
  | ({
      kind: "git";
      /** Whose signatures count; nobody asks for any by default. */
      trust?: Trust;
    } & GitSource)
  | { kind: "directory"; path: string };

/** What the server allows; see `AddressPolicy` for the first two. */
export interface LoadSettings {
  allowLoopbackGit: boolean;
  allowPrivateGit: boolean;
  /** The directories in which drivers may be read. */
  directories: readonly string[];
  limits?: LoadLimits;
}

/** Who made a commit, when, and what for. */
export interface Made {
  /** `Name <address>` */
  author: string | null;
  committedAt: Date | null;
  /** The first line of its message. */
  subject: string;
  /** What its signature was found to be; null when nobody asked. */
  signature: SignatureFound | null;
}

export interface LoadedDriver {
  spec: DriverSpec;
  files: DriverFiles;
  /** Null when it came from a directory. */
  commit: string | null;
  /** What the commit says of itself; null when there is none. */
  made: Made | null;
  digest: string;
  /** What agents need beyond their own rights to deploy it, as far as it can be known. */
  rights: Rule[];
}

/**
 * Reads a driver and makes sure that it is sound; stores nothing. Throws AppError: INVALID with every problem
 * of a bad driver (`field` is `file:line`), and what `loadFromGit` and `loadFromDirectory` throw.
 */
export async function loadDriver(
  source: DriverSource,
  settings: LoadSettings,
  signal?: AbortSignal,
): Promise<LoadedDriver> {
  const { commit, made, files } = await read(source, settings, signal);
  const content = files[driverFileName];
  if (!content) {
    const folder = source.path ? ` in ${source.path}` : " at the root";
    throw new AppError(
      "NOT_FOUND",
      `There is no ${driverFileName}${folder}. Name the driver's folder as path.`,
      {
        field: "path",
      },
    );
  }
  const text = textOf(content);
  if (text === undefined) throw invalid([{ file: driverFileName, field: "", message: "is not UTF-8 text" }]);
  const { spec, problems } = parseDriver(text);
  if (problems) throw invalid(problems);
  const checked = await checkDriver(spec, files, signal);
  if (checked.problems) throw invalid(checked.problems);
  return { spec, files, commit, made, digest: digestOf(files), rights: checked.rights };
}

async function read(
  source: DriverSource,
  { allowLoopbackGit, allowPrivateGit, directories, limits }: LoadSettings,
  signal?: AbortSignal,
): Promise<Pick<LoadedDriver, "commit" | "made" | "files">> {
  const some = limits ? { limits } : {};
  if (source.kind === "directory") {
    const files = await loadFromDirectory(source.path, { roots: directories, ...some });
    return { commit: null, made: null, files };
  }
  const policy = { allowLoopback: allowLoopbackGit, allowPrivate: allowPrivateGit };
  const { commit, object, files } = await loadFromGit(source, {
    policy,
    ...some,
    ...(signal ? { signal } : {}),
  });
  const trust = source.trust ?? { required: false, allowedKeys: [] };
  const signature = await checkSignature(commit, object, trust, signal);
  return { commit, made: madeBy(object, signature), files };
}

function madeBy(object: Uint8Array, signature: SignatureFound | null): Made {
  const { author, committer, subject } = readCommit(object);
  const shown = author && `${author.name} <${author.email}>`;
  return { author: shown, committedAt: committer?.at ?? null, subject, signature };
}

const maxShown = 5;

function invalid(problems: Problem[]): AppError {
  const shown = problems.slice(0, maxShown).map(problemText).join("; ");
  const more = problems.length > maxShown ? `; and ${problems.length - maxShown} more` : "";
  const end = `${shown}${more}`.endsWith("?") ? "" : ".";
  return new AppError(
    "INVALID",
    `The driver is not right: ${shown}${more}${end} Correct it and load it again.`,
    {
      field: fieldOf(problems[0]!),
      problems: problems.map((problem) => {
        const excerpt = excerptOf(problem);
        const told = { field: fieldOf(problem), message: messageOf(problem) };
        return excerpt === undefined ? told : { ...told, excerpt };
      }),
    },
  );
}

/** Where a problem is: `driver.styrmin.yml:12:7`, or the key when no file is known. */
const fieldOf = (problem: Problem): string => placeText(problem) || problem.field;

function messageOf({ file, field, message }: Problem): string {
  return file === undefined || field === "" ? message : `${field}: ${message}`;
}
