import {
  checkDriver,
  digestOf,
  type DriverFiles,
  driverFileName,
  excerptOf,
  killedAgain,
  type DriverSpec,
  parseDriver,
  placeText,
  type Problem,
  problemText,
  type Rule,
  textOf,
} from "../../drivers/kit/index.ts";
import { AppError } from "../../lib/errors.ts";
import { type FindChartAccess, pullCharts } from "./charts.ts";
import { readCommit } from "./commit.ts";
import { loadFromDirectory } from "./directory.ts";
import {
  type FoundSince,
  type GitOptions,
  type GitPlace,
  type GitSource,
  loadFromGit,
  loadSince,
  type ReadCommit,
  scanGit,
} from "./git.ts";
import type { LoadLimits } from "./limits.ts";
import type { LoadProgress } from "./progress.ts";
import { checkSignature, type SignatureFound, type Trust } from "./signature.ts";

/** Whose signatures count, by who says so; each that does must be content. Nobody asks for any by default. */
interface Trusting {
  /** What is followed. */
  trust?: Trust;
  /** What is recorded of the repository. */
  repositoryTrust?: Trust;
}

/** Where a driver is loaded from. */
export type LoadSource =
  | ({
      kind: "git";
    } & Trusting &
      GitSource)
  | { kind: "directory"; path: string };

/** What the server allows; see `AddressPolicy` for the first two. */
export interface LoadSettings {
  allowLoopbackGit: boolean;
  allowPrivateGit: boolean;
  /** The directories in which drivers may be read. */
  directories: readonly string[];
  limits?: LoadLimits;
  /** Finds what is recorded for the addresses of charts. */
  chartAccess?: FindChartAccess;
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
  /** The packed charts that were pulled for it, by digest. */
  charts?: Record<string, Uint8Array>;
}

/**
 * Reads a driver and makes sure that it is sound; stores nothing. Throws AppError: INVALID with every problem
 * of a bad driver (`field` is `file:line`), and what `loadFromGit` and `loadFromDirectory` throw.
 */
export async function loadDriver(
  source: LoadSource,
  settings: LoadSettings,
  signal?: AbortSignal,
  onProgress: OnProgress = () => {},
): Promise<LoadedDriver> {
  const { commit, made, files } = await readFiles(source, settings, signal, onProgress);
  onProgress({ phase: "CHECKING" });
  return { ...(await checkFiles(files, source.path, settings, signal)), commit, made };
}

/** A branch that is followed. */
export type BranchSource = Trusting &
  GitSource & {
    /** The commit that was loaded last; null when none was. */
    since: string | null;
  };

/** A commit of it that was read. */
export interface NewCommit {
  commit: string;
  /** Makes sure that its driver is sound, and its signature one that counts. Throws what `loadDriver` throws. */
  load(signal?: AbortSignal): Promise<LoadedDriver>;
}

export interface NewCommits {
  /** The oldest first; the last is what the ref is now. */
  commits: NewCommit[];
  found: FoundSince;
}

/** Reads the commits that a branch got since one of them; stores nothing. Throws what `loadSince` throws. */
export async function readNewCommits(
  source: BranchSource,
  settings: LoadSettings,
  signal?: AbortSignal,
): Promise<NewCommits> {
  const { commits, found } = await loadSince(
    source,
    gitOptions(settings, signal, () => {}),
  );
  const load = async ({ files, error, ...read }: (typeof commits)[number], stop?: AbortSignal) => {
    if (error) throw error;
    const made = await madeOf(read, source, stop);
    return { ...(await checkFiles(files, source.path, settings, stop)), ...made };
  };
  return { commits: commits.map((one) => ({ commit: one.commit, load: (stop) => load(one, stop) })), found };
}

/** Makes sure that a driver is sound, and pulls its charts. Throws INVALID with every problem, NOT_FOUND without a driver. */
async function checkFiles(
  read: DriverFiles,
  path: string | null | undefined,
  settings: LoadSettings,
  signal?: AbortSignal,
): Promise<Omit<LoadedDriver, "commit" | "made">> {
  if (!read[driverFileName]) {
    const folder = path ? ` in ${path}` : " at the root";
    const text = `There is no ${driverFileName}${folder}. Name the driver's folder as path.`;
    throw new AppError("NOT_FOUND", text, { field: "path" });
  }
  const text = textOf(read[driverFileName]!);
  if (text === undefined) throw invalid([{ file: driverFileName, field: "", message: "is not UTF-8 text" }]);
  const { spec, problems } = parseDriver(text);
  if (problems) throw invalid(problems);
  const { allowLoopbackGit, allowPrivateGit } = settings;
  const { files, archives } = await pullCharts(spec, read, {
    policy: { allowLoopback: allowLoopbackGit, allowPrivate: allowPrivateGit },
    findAccess: settings.chartAccess,
    signal,
  });
  const checked = await checkDriver(spec, files, { signal, charts: archives });
  // The machine may be to blame; a commit that was found wrong would not be looked at again.
  if (checked.problems?.some(({ message }) => message.startsWith(killedAgain)))
    throw new AppError("UNAVAILABLE", `The driver cannot be checked: ${killedAgain}. Try again later.`);
  if (checked.problems) throw invalid(checked.problems);
  const digest = digestOf(files);
  return { spec, files, digest, rights: checked.rights, charts: archives };
}

async function readFiles(
  source: LoadSource,
  settings: LoadSettings,
  signal: AbortSignal | undefined,
  onProgress: OnProgress,
): Promise<Pick<LoadedDriver, "commit" | "made" | "files">> {
  const { directories, limits } = settings;
  const some = limits ? { limits } : {};
  if (source.kind === "directory") {
    const files = await loadFromDirectory(source.path, { roots: directories, ...some });
    return { commit: null, made: null, files };
  }
  const { files, ...read } = await loadFromGit(source, gitOptions(settings, signal, onProgress));
  return { ...(await madeOf(read, source, signal)), files };
}

/** Where to look for drivers. */
export type ScanSource = Trusting & GitPlace;

/** A folder with a driver in it: sound, or not, and then why. */
export type FoundDriver = { path: string } & (
  { loaded: LoadedDriver; error?: undefined } | { loaded?: undefined; error: AppError }
);

/** Looks at every driver of one commit; stores nothing. Throws what `scanGit` throws. */
export async function scanDrivers(
  source: ScanSource,
  settings: LoadSettings,
  signal?: AbortSignal,
  onProgress: OnProgress = () => {},
): Promise<{ commit: string; found: FoundDriver[] }> {
  const { drivers, ...read } = await scanGit(source, gitOptions(settings, signal, onProgress));
  const { commit, made } = await madeOf(read, source, signal);
  onProgress({ phase: "CHECKING" });
  const found: FoundDriver[] = [];
  for (const { path, files, error } of drivers) {
    if (error) found.push({ path, error });
    else found.push(await looked(path, files));
  }
  return { commit, found };

  async function looked(path: string, files: DriverFiles): Promise<FoundDriver> {
    try {
      return { path, loaded: { ...(await checkFiles(files, path, settings, signal)), commit, made } };
    } catch (thrown) {
      if (thrown instanceof AppError) return { path, error: thrown };
      throw thrown;
    }
  }
}

/** Whom a load tells how far it is. */
export type OnProgress = (now: Partial<LoadProgress>) => void;

function gitOptions(
  { allowLoopbackGit, allowPrivateGit, limits }: LoadSettings,
  signal: AbortSignal | undefined,
  onProgress: OnProgress,
): GitOptions {
  return {
    policy: { allowLoopback: allowLoopbackGit, allowPrivate: allowPrivateGit },
    ...(limits ? { limits } : {}),
    signal,
    onProgress: ({ phase, ...counts }) =>
      onProgress({ ...counts, phase: phase.toUpperCase() as LoadProgress["phase"] }),
  };
}

async function madeOf(
  { commit, object }: ReadCommit,
  { trust, repositoryTrust }: Trusting,
  signal?: AbortSignal,
): Promise<{ commit: string; made: Made }> {
  let found: SignatureFound | null = null;
  for (const one of [repositoryTrust, trust])
    if (one) found = (await checkSignature(commit, object, one, signal)) ?? found;
  return { commit, made: madeBy(object, found) };
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
