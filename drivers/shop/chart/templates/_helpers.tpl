{{/* The name of a part, of at most 52 characters, which leaves a StatefulSet its own; what is cut ends in a hash. */}}
{{- define "shop.name" -}}
{{- $whole := printf "%s-%s" .root.Release.Name .part -}}
{{- if le (len $whole) 52 }}{{ $whole }}
{{- else }}{{ printf "%s-%s" ($whole | trunc 43 | trimSuffix "-") ($whole | sha256sum | trunc 8) }}
{{- end }}
{{- end }}

{{- define "shop.labels" -}}
app.kubernetes.io/name: shop
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .part }}
{{- end }}

{{/* How web and worker find the database. */}}
{{- define "shop.database" -}}
{{- $name := include "shop.name" (dict "root" . "part" "database") -}}
- { name: APP_VERSION, value: {{ .Values.version | quote }} }
- { name: DATABASE_HOST, value: {{ $name }} }
- name: DATABASE_PASSWORD
  valueFrom: { secretKeyRef: { name: {{ $name }}, key: password } }
{{- end }}
