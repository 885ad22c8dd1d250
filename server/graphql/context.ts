/** Who is asking: a person at this machine, or the agent of one cluster. */
export type Caller = { kind: "person" } | { kind: "agent"; clusterId: string };

/** What every resolver receives beside its arguments. */
export interface RequestContext {
  caller: Caller;
}
