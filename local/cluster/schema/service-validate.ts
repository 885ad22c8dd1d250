import type { KubeObject } from "../types.ts";
import { validateLabels } from "./metadata-validate.ts";
import { records } from "./pod-defaults.ts";
import { validatePort, validateTarget } from "./pod-validate.ts";
import { duplicate, type FieldProblem, invalid, required, unsupported } from "./problem.ts";

const types = ["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"];
const protocols = ["TCP", "UDP", "SCTP"];

/** Checks a Service. A clusterIP, once allotted, stays as long as the type does not become ExternalName. */
export function validateService(service: KubeObject, before?: KubeObject): FieldProblem[] {
  const { spec } = service;
  const problems: FieldProblem[] = [];
  if (!types.includes(spec.type)) problems.push(unsupported("spec.type", spec.type, types));
  if (spec.type === "ExternalName" && !spec.externalName) problems.push(required("spec.externalName"));
  problems.push(...validateLabels(spec.selector, "spec.selector"));
  const ports = records(spec.ports);
  if (ports.length === 0 && spec.type !== "ExternalName" && spec.clusterIP !== "None") {
    problems.push(required("spec.ports"));
  }
  const names = new Set<string>();
  const numbers = new Set<string>();
  for (const [index, port] of ports.entries()) {
    const field = `spec.ports[${index}]`;
    if (ports.length > 1 && !port.name) problems.push(required(`${field}.name`));
    if (port.name && names.has(port.name)) problems.push(duplicate(`${field}.name`, port.name));
    names.add(port.name);
    problems.push(...validatePort(port.port, `${field}.port`));
    if (port.targetPort !== undefined)
      problems.push(...validateTarget(port.targetPort, `${field}.targetPort`));
    if (!protocols.includes(port.protocol)) {
      problems.push(unsupported(`${field}.protocol`, port.protocol, protocols));
    }
    const number = `${port.port}/${port.protocol}`;
    if (numbers.has(number)) problems.push(duplicate(field, { port: port.port, protocol: port.protocol }));
    numbers.add(number);
  }
  const had = before?.spec?.clusterIP;
  if (had && spec.type !== "ExternalName" && spec.clusterIP !== had) {
    problems.push(invalid("spec.clusterIPs[0]", spec.clusterIPs ?? [], "may not change once set"));
  }
  return problems;
}
