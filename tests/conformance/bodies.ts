/** The objects that cases send. */

export function map(name: string, data?: Record<string, unknown>, metadata: object = {}) {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, ...metadata }, ...(data ? { data } : {}) };
}

/** Without replicas, so that nothing but its own controller writes to it. */
export function deployment(name: string, container: object = {}, spec: object = {}, metadata: object = {}) {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, ...metadata },
    spec: {
      replicas: 0,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: "c", image: "busybox:1.37", ...container }] },
      },
      ...spec,
    },
  };
}

export function service(name: string, spec: object = {}) {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name },
    spec: { ports: [{ port: 80 }], ...spec },
  };
}
