"""What the original's framework does with the same resources: for each StyrminDeployment a ConfigMap and a Deployment
by server-side apply over pooled connections, then the status. Runs under `kopf run`; KUBECONFIG says where."""

import base64
import os
import ssl
import tempfile

import aiohttp
import kopf
import yaml

state = {}


@kopf.on.startup()
async def start(settings, **_):
    # Log lines as Events are no part of the work.
    settings.posting.enabled = False
    with open(os.environ["KUBECONFIG"]) as file:
        config = yaml.safe_load(file)
    cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
    tls = ssl.create_default_context(cadata=base64.b64decode(cluster["certificate-authority-data"]).decode())
    headers = {"content-type": "application/apply-patch+yaml"}
    if user.get("token"):
        headers["authorization"] = f"Bearer {user['token']}"
    else:
        tls.load_cert_chain(written(user["client-certificate-data"]), written(user["client-key-data"]))
    connector = aiohttp.TCPConnector(ssl=tls, limit=0)
    state["http"] = aiohttp.ClientSession(cluster["server"], headers=headers, connector=connector)


@kopf.on.cleanup()
async def stop(**_):
    await state["http"].close()


@kopf.on.create("styrmin.io", "v1alpha1", "styrmindeployments")
@kopf.on.update("styrmin.io", "v1alpha1", "styrmindeployments", field="spec")
async def reconcile(name, spec, meta, patch, **_):
    namespace, value = spec["targetNamespace"], spec["context"]["parameters"]["value"]
    labels = {"app": name, "baseline.io/deployment": name}
    metadata = {"name": name, "namespace": namespace, "labels": labels}
    await apply(
        f"/api/v1/namespaces/{namespace}/configmaps/{name}",
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"value": value}},
    )
    container = {"name": "main", "image": "example.net/main:1", "env": [{"name": "VALUE", "value": value}]}
    template = {"metadata": {"labels": {**labels, "component": "main"}}, "spec": {"containers": [container]}}
    await apply(
        f"/apis/apps/v1/namespaces/{namespace}/deployments/{name}",
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": metadata,
            "spec": {"replicas": 0, "selector": {"matchLabels": {"app": name}}, "template": template},
        },
    )
    patch.status["observedGeneration"] = meta["generation"]
    patch.status["intentGeneration"] = spec["intentGeneration"]
    patch.status["conditions"] = [
        {
            "type": "Ready",
            "status": "True",
            "reason": "Healthy",
            "message": "all 2 objects are healthy",
            "lastTransitionTime": meta["creationTimestamp"],
        }
    ]


async def apply(path, body):
    async with state["http"].patch(f"{path}?fieldManager=kopf&force=true", json=body) as answer:
        if answer.status >= 300:
            raise kopf.TemporaryError(await answer.text(), delay=1)


def written(data):
    with tempfile.NamedTemporaryFile(delete=False) as file:
        file.write(base64.b64decode(data))
    return file.name
