"""An operator written with kopf, as people write them: one kind, one child object, one clean-up, one timer."""

import kopf
import kubernetes_asyncio as kubernetes


@kopf.on.startup()
async def start(settings, **_):
    settings.posting.loggers = True
    await kubernetes.config.load_kube_config()


@kopf.on.create("samples.example", "v1", "samples")
@kopf.on.update("samples.example", "v1", "samples")
async def reconcile(name, namespace, spec, body, patch, **_):
    if spec["value"] < 0:
        raise kopf.PermanentError("the value is negative")
    child = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"value": str(spec["value"])}}
    kopf.adopt(child, owner=body)
    async with kubernetes.client.ApiClient() as api:
        core = kubernetes.client.CoreV1Api(api)
        try:
            await core.create_namespaced_config_map(namespace, child)
        except kubernetes.client.ApiException as thrown:
            if thrown.status != 409:
                raise
            await core.patch_namespaced_config_map(name, namespace, child)
    patch.status["value"] = spec["value"]
    return {"made": name}


@kopf.on.delete("samples.example", "v1", "samples")
async def farewell(name, namespace, **_):
    note = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"{name}-farewell"}, "data": {}}
    async with kubernetes.client.ApiClient() as api:
        await kubernetes.client.CoreV1Api(api).create_namespaced_config_map(namespace, note)


@kopf.on.event("", "v1", "configmaps", labels={"watched": kopf.PRESENT})
async def seen(event, name, namespace, meta, **_):
    if event["type"] == "DELETED" or "seen" in (meta.get("annotations") or {}):
        return
    async with kubernetes.client.ApiClient() as api:
        core = kubernetes.client.CoreV1Api(api)
        await core.patch_namespaced_config_map(name, namespace, {"metadata": {"annotations": {"seen": "yes"}}})
