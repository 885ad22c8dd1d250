#!/usr/bin/env bash
# Builds the helms between which charts must hold, each from its pinned module, whose checksum Go looks up:
#   tests/helms.sh FOLDER && STYRMIN_TEST_HELMS=FOLDER npm test -- tests/drivers/helm.test.ts tests/agent/operator/helm.test.ts
# It takes minutes, so CI does not. It needs Go 1.26 and the network. A helm that is there is not built again.
set -euo pipefail

folder=$(realpath -m "${1:?a folder for the helms}")
mkdir -p "$folder"
for module in helm.sh/helm/v3/cmd/helm@v3.14.4 helm.sh/helm/v4/cmd/helm@v4.3.2; do
  version=${module##*@}
  [ ! -x "$folder/helm-$version" ] || continue
  made=$(mktemp -d)
  # They name themselves only when they are told to.
  GOBIN=$made CGO_ENABLED=0 go install -trimpath \
    -ldflags "-s -w -X ${module%%/cmd/*}/internal/version.version=$version" "$module"
  mv "$made/helm" "$folder/helm-$version"
  rm -r "$made"
  "$folder/helm-$version" version --template '{{.Version}}'; echo
done
