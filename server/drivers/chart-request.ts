/** What is needed to reach a registry or a repository beside its address. */
export interface ChartAccess {
  credential?: { username: string; token: string };
  /** PEM. With it no other certificate authority counts. */
  ca?: string;
}

/** One chart to be pulled. */
export interface PullRequest {
  /** `oci://…` or the address of a repository. */
  location: string;
  /** The chart's name in a repository; a registry's address has it at its end. */
  chart: string | null;
  /** A version or a range; the highest when null. */
  version: string | null;
  access: ChartAccess;
}

export interface PulledChart {
  archive: Uint8Array;
  location: string;
}
