package plane

import (
	"encoding/json"
	"math"
	"net/http"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	customv1beta2 "k8s.io/metrics/pkg/apis/custom_metrics/v1beta2"
	externalv1beta1 "k8s.io/metrics/pkg/apis/external_metrics/v1beta1"
	metricsv1beta1 "k8s.io/metrics/pkg/apis/metrics/v1beta1"
)

var (
	externalAPI = externalv1beta1.SchemeGroupVersion
	resourceAPI = metricsv1beta1.SchemeGroupVersion
	customAPI   = customv1beta2.SchemeGroupVersion
)

// A metricsServer speaks the HTTP of the metrics APIs for a MetricsSource.
type metricsServer struct {
	plane  *Plane
	source MetricsSource
}

func metricsHandler(p *Plane, source MetricsSource) http.Handler {
	s := &metricsServer{plane: p, source: source}
	mux := http.NewServeMux()
	for api, resources := range map[schema.GroupVersion][]metav1.APIResource{
		externalAPI: {{Name: "externalmetrics", Namespaced: true, Kind: "ExternalMetricValueList", Verbs: metav1.Verbs{"get"}}},
		resourceAPI: {{Name: "pods", Namespaced: true, Kind: "PodMetrics", Verbs: metav1.Verbs{"get", "list"}}},
		customAPI:   {{Name: "pods/*", Namespaced: true, Kind: "MetricValueList", Verbs: metav1.Verbs{"get"}}},
	} {
		mux.Handle("GET /apis/"+api.String(), answer(func(*http.Request) (any, error) {
			return &metav1.APIResourceList{
				TypeMeta:     metav1.TypeMeta{APIVersion: "v1", Kind: "APIResourceList"},
				GroupVersion: api.String(),
				APIResources: resources,
			}, nil
		}))
	}
	mux.Handle("GET /apis/"+externalAPI.String()+"/namespaces/{namespace}/{metric}", answer(s.external))
	mux.Handle("GET /apis/"+resourceAPI.String()+"/namespaces/{namespace}/pods", answer(s.resource))
	mux.Handle("GET /apis/"+customAPI.String()+"/namespaces/{namespace}/pods/{all}/{metric}", answer(s.custom))
	return mux
}

// answer encodes what a handler returns; an error is a Kubernetes Status with code 500.
func answer(handle func(*http.Request) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := handle(r)
		code := http.StatusOK
		if err != nil {
			code = http.StatusInternalServerError
			body = &metav1.Status{
				TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Status"},
				Status:   metav1.StatusFailure,
				Message:  err.Error(),
				Reason:   metav1.StatusReasonInternalError,
				Code:     int32(code),
			}
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		_ = json.NewEncoder(w).Encode(body) // the caller is gone: there is nobody to tell
	})
}

func (s *metricsServer) external(r *http.Request) (any, error) {
	selector, err := labels.Parse(r.URL.Query().Get("labelSelector"))
	if err != nil {
		return nil, err
	}
	metric := r.PathValue("metric")
	values, err := s.source.External(r.Context(), r.PathValue("namespace"), metric, selector)
	if err != nil {
		return nil, err
	}
	list := &externalv1beta1.ExternalMetricValueList{
		TypeMeta: metav1.TypeMeta{APIVersion: externalAPI.String(), Kind: "ExternalMetricValueList"},
		Items:    []externalv1beta1.ExternalMetricValue{},
	}
	for _, v := range values {
		list.Items = append(list.Items, externalv1beta1.ExternalMetricValue{
			MetricName:   metric,
			MetricLabels: v.Labels,
			Timestamp:    metav1.Now(),
			Value:        quantity(v.Value),
		})
	}
	return list, nil
}

func (s *metricsServer) resource(r *http.Request) (any, error) {
	pods, err := s.readyPods(r)
	if err != nil {
		return nil, err
	}
	list := &metricsv1beta1.PodMetricsList{
		TypeMeta: metav1.TypeMeta{APIVersion: resourceAPI.String(), Kind: "PodMetricsList"},
		Items:    []metricsv1beta1.PodMetrics{},
	}
	for i := range pods {
		pod := &pods[i]
		cores, ok, err := s.source.PodCPU(r.Context(), pod)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		usage := corev1.ResourceList{corev1.ResourceCPU: quantity(cores), corev1.ResourceMemory: resource.MustParse("1Mi")}
		list.Items = append(list.Items, metricsv1beta1.PodMetrics{
			ObjectMeta: metav1.ObjectMeta{Namespace: pod.Namespace, Name: pod.Name, Labels: pod.Labels},
			Timestamp:  metav1.Now(),
			Window:     metav1.Duration{Duration: time.Second},
			Containers: []metricsv1beta1.ContainerMetrics{{Name: pod.Spec.Containers[0].Name, Usage: usage}},
		})
	}
	return list, nil
}

func (s *metricsServer) custom(r *http.Request) (any, error) {
	pods, err := s.readyPods(r)
	if err != nil {
		return nil, err
	}
	list := &customv1beta2.MetricValueList{
		TypeMeta: metav1.TypeMeta{APIVersion: customAPI.String(), Kind: "MetricValueList"},
		Items:    []customv1beta2.MetricValue{},
	}
	metric := r.PathValue("metric")
	for i := range pods {
		pod := &pods[i]
		value, ok, err := s.source.PodMetric(r.Context(), pod, metric)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		list.Items = append(list.Items, customv1beta2.MetricValue{
			DescribedObject: corev1.ObjectReference{APIVersion: "v1", Kind: "Pod", Namespace: pod.Namespace, Name: pod.Name},
			Metric:          customv1beta2.MetricIdentifier{Name: metric},
			Timestamp:       metav1.Now(),
			Value:           quantity(value),
		})
	}
	return list, nil
}

// readyPods lists the pods that a request is about: as with metrics-server, those that run.
func (s *metricsServer) readyPods(r *http.Request) ([]corev1.Pod, error) {
	all, err := s.plane.client.CoreV1().Pods(r.PathValue("namespace")).
		List(r.Context(), metav1.ListOptions{LabelSelector: r.URL.Query().Get("labelSelector")})
	if err != nil {
		return nil, err
	}
	var ready []corev1.Pod
	for _, pod := range all.Items {
		if podReady(&pod) && pod.DeletionTimestamp == nil {
			ready = append(ready, pod)
		}
	}
	return ready, nil
}

// quantity rounds to thousandths, the finest that the HPA controller counts in.
func quantity(v float64) resource.Quantity {
	return *resource.NewMilliQuantity(int64(math.Round(v*1000)), resource.DecimalSI)
}
