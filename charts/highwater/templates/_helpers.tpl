{{- define "highwater.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{/* Short enough that CronJobs and Jobs find room for what they add. */}}
{{- define "highwater.fullname" -}}
{{- $name := include "highwater.name" . -}}
{{- $full := contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) -}}
{{- .Values.fullnameOverride | default $full | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{/* The name of objects that belong to no namespace, so that releases in several do not meet. */}}
{{- define "highwater.clusterName" -}}
{{ include "highwater.fullname" . }}.{{ .Release.Namespace }}
{{- end -}}

{{- define "highwater.selector" -}}
app.kubernetes.io/name: {{ include "highwater.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: serve
{{- end -}}

{{- define "highwater.labels" -}}
app.kubernetes.io/name: {{ include "highwater.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "highwater.image" -}}
{{- $repository := required "image.repository: not set; give the repository of the image, as in registry.example/highwater" .Values.image.repository -}}
{{- if .Values.image.digest -}}
{{ $repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ $repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{- define "highwater.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{ .Values.serviceAccount.name | default (include "highwater.fullname" .) }}
{{- else -}}
{{ required "serviceAccount.name: not set; name one that exists, or set serviceAccount.create" .Values.serviceAccount.name }}
{{- end -}}
{{- end -}}

{{/* "true" where floors may have to be given back. */}}
{{- define "highwater.restores" -}}
{{- if kindIs "invalid" .Values.restore.enabled -}}
{{ .Values.enforce.enabled | ternary "true" "" }}
{{- else -}}
{{ .Values.restore.enabled | ternary "true" "" }}
{{- end -}}
{{- end -}}

{{/* "true" where nodes may be asked for. */}}
{{- define "highwater.headroom" -}}
{{ and .Values.nodeHeadroom.enabled .Values.enforce.enabled | ternary "true" "" }}
{{- end -}}

{{/* The configuration file: that of the user, with what the chart knows better. */}}
{{- define "highwater.config" -}}
{{- range $key, $value := dict "listen" "service.port" "leader" "replicas" "kubernetes" "namespaces, keda and nodeHeadroom" "prometheus" "prometheus" "scaler" "keda.scaler" -}}
{{- if hasKey $.Values.config $key -}}
{{- fail (printf "config.%s: the chart sets it; see the value %s" $key $value) -}}
{{- end -}}
{{- end -}}
{{- $_ := required "prometheus.url: not set; give the base URL of Prometheus, as in http://prometheus.monitoring:9090" .Values.prometheus.url -}}
{{- $config := deepCopy .Values.config -}}
{{- $_ := set $config "prometheus" .Values.prometheus -}}
{{- $_ := set $config "listen" ":8080" -}}
{{- $_ := set $config "leader" (dict "elect" true "namespace" .Release.Namespace "name" (include "highwater.fullname" .)) -}}
{{- $kubernetes := dict -}}
{{- if .Values.namespaces -}}
{{- $_ := set $kubernetes "namespaces" .Values.namespaces -}}
{{- end -}}
{{- if not .Values.keda.enabled -}}
{{- $_ := set $kubernetes "keda" false -}}
{{- end -}}
{{- if include "highwater.headroom" . -}}
{{- $_ := set $kubernetes "nodeHeadroom" true -}}
{{- end -}}
{{- with .Values.keda.scaler -}}
{{- if .enabled -}}
{{- $scaler := dict "listen" ":8090" -}}
{{- if .tlsSecretName -}}
{{- $_ := set $scaler "certFile" "/etc/highwater/scaler/tls.crt" -}}
{{- $_ := set $scaler "keyFile" "/etc/highwater/scaler/tls.key" -}}
{{- end -}}
{{- $_ := set $config "scaler" $scaler -}}
{{- end -}}
{{- end -}}
{{- if $kubernetes -}}
{{- $_ := set $config "kubernetes" $kubernetes -}}
{{- end -}}
{{- toYaml $config -}}
{{- end -}}

{{- define "highwater.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "highwater.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* What a pod that gives floors back is, with the arguments (list root serviceAccount flag). A process looks at one namespace or at all. */}}
{{- define "highwater.restorePod" -}}
{{- $root := index . 0 -}}
metadata:
  labels:
    {{- include "highwater.labels" $root | nindent 4 }}
    app.kubernetes.io/component: restore
spec:
  restartPolicy: Never
  serviceAccountName: {{ index . 1 }}
  enableServiceLinks: false
  securityContext:
    {{- include "highwater.podSecurity" $root | nindent 4 }}
  {{- with $root.Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $root.Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $root.Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  containers:
  {{- range $namespace := $root.Values.namespaces | default (list "") }}
  - name: {{ $namespace | default "restore" }}
    image: {{ include "highwater.image" $root | quote }}
    imagePullPolicy: {{ $root.Values.image.pullPolicy }}
    args:
    - restore
    - {{ index $ 2 }}
    {{- if not $root.Values.nodeHeadroom.enabled }}
    - --node-headroom=false
    {{- end }}
    {{- with $namespace }}
    - --namespace={{ . }}
    {{- end }}
    {{- if not $root.Values.keda.enabled }}
    - --keda=false
    {{- end }}
    securityContext:
      {{- include "highwater.containerSecurity" $root | nindent 6 }}
    resources:
      {{- toYaml $root.Values.restore.resources | nindent 6 }}
  {{- end }}
{{- end -}}

{{/* Roles with their bindings, with the arguments (dict "root" "name" "serviceAccount" "annotations" "rules"): for the whole cluster, or in each namespace of the list. */}}
{{- define "highwater.grant" -}}
{{- $g := . -}}
{{- range $namespace := .root.Values.namespaces | default (list "") }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ empty $namespace | ternary "ClusterRole" "Role" }}
metadata:
  {{- include "highwater.grantMeta" (list $g $namespace) | nindent 2 }}
rules:
  {{- $g.rules | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ empty $namespace | ternary "ClusterRoleBinding" "RoleBinding" }}
metadata:
  {{- include "highwater.grantMeta" (list $g $namespace) | nindent 2 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ empty $namespace | ternary "ClusterRole" "Role" }}
  name: {{ $g.name }}{{ if not $namespace }}.{{ $g.root.Release.Namespace }}{{ end }}
subjects:
- kind: ServiceAccount
  name: {{ $g.serviceAccount }}
  namespace: {{ $g.root.Release.Namespace }}
{{- end }}
{{- end -}}

{{- define "highwater.grantMeta" -}}
{{- $g := index . 0 -}}
{{- $namespace := index . 1 -}}
name: {{ $g.name }}{{ if not $namespace }}.{{ $g.root.Release.Namespace }}{{ end }}
{{- with $namespace }}
namespace: {{ . }}
{{- end }}
labels:
  {{- include "highwater.labels" $g.root | nindent 2 }}
{{- with $g.annotations }}
annotations:
  {{- . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* What `highwater restore` does. */}}
{{- define "highwater.restoreRules" -}}
- apiGroups: [autoscaling]
  resources: [horizontalpodautoscalers]
  verbs: [get, list, patch]
{{- if .Values.keda.enabled }}
- apiGroups: [keda.sh]
  resources: [scaledobjects]
  verbs: [get, list, patch]
{{- end }}
{{- if .Values.nodeHeadroom.enabled }}
- apiGroups: [autoscaling.x-k8s.io]
  resources: [capacitybuffers]
  verbs: [list, delete]
{{- end }}
{{- end -}}
