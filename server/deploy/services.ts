import type { Context } from "../../drivers/kit/index.ts";

export interface ServiceView {
  name: string;
  kind: string;
  scope: string;
  component: string | null;
  port: number;
  url: string | null;
  humanReadableUrl: string | null;
  /** The host of `humanReadableUrl`, and whose it is. */
  readable: { host: string | null; deploymentId: string; environmentId: string };
}

/**
 * The network endpoints of an instance, with their addresses. Host names are frozen with the instance; the port
 * of the front door is the place's own and may have moved since: `doorPort` is where it is now. An internal service has
 * host names for its templates, and no address, which would lead people nowhere. Pure.
 */
export function servicesOf(context: Context, doorPort?: unknown): ServiceView[] {
  const ingressPort = doorPort ?? context.instance.config.ingress_port;
  return Object.values(context.services).map((service) => {
    const address = (fqdn: string | null) =>
      fqdn === null || service.scope !== "external"
        ? null
        : urlOf(service.kind, service.port, fqdn, ingressPort);
    return {
      name: service.name,
      kind: service.kind,
      scope: service.scope,
      component: service.component,
      port: service.port,
      url: address(service.primary_fqdn),
      humanReadableUrl: address(service.human_readable_fqdn),
      readable: {
        host: service.scope === "external" ? service.human_readable_fqdn : null,
        deploymentId: context.deployment.id,
        environmentId: context.environment.id,
      },
    };
  });
}

/** HTTP goes through the cluster's front door, on the port its config names; all else straight to its own port. */
function urlOf(kind: string, port: number, fqdn: string, ingressPort: unknown): string {
  if (kind === "https") return `https://${fqdn}`;
  if (kind !== "http") return `${kind}://${fqdn}:${port}`;
  const door = Number(ingressPort);
  return Number.isInteger(door) && door > 0 && door !== 80 ? `http://${fqdn}:${door}` : `http://${fqdn}`;
}
