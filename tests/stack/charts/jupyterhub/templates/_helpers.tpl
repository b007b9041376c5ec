{{- /* What all objects carry; takes (list $ "component"). */ -}}
{{- define "jupyterhub.labels" -}}
{{- $top := index . 0 -}}
{{ include "jupyterhub.selector" . }}
chart: {{ $top.Chart.Name }}-{{ $top.Chart.Version }}
heritage: {{ $top.Release.Service }}
app.kubernetes.io/managed-by: {{ $top.Release.Service }}
helm.sh/chart: {{ $top.Chart.Name }}-{{ $top.Chart.Version }}
{{- end }}

{{- define "jupyterhub.selector" -}}
{{- $top := index . 0 -}}
app: jupyterhub
component: {{ index . 1 }}
release: {{ $top.Release.Name }}
app.kubernetes.io/name: jupyterhub
app.kubernetes.io/component: {{ index . 1 }}
app.kubernetes.io/instance: {{ $top.Release.Name }}
{{- end }}

{{- /* The hub's secret of the deployment before, empty at first and without a cluster. */ -}}
{{- define "jupyterhub.hub.config.ConfigurableHTTPProxy.auth_token" -}}
{{- $before := lookup "v1" "Secret" .Release.Namespace "hub" | default dict -}}
{{- $data := $before.data | default dict -}}
{{- with index $data "hub.config.ConfigurableHTTPProxy.auth_token" -}}
{{- . | b64dec -}}
{{- else -}}
{{- randAlphaNum 64 -}}
{{- end -}}
{{- end }}
