package config

import (
	"fmt"
	"net/url"
	"strings"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// Connect returns how the cluster is reached by this version of highwater, and
// the namespace that this process is in.
func (k Kubernetes) Connect(version string) (*rest.Config, string, error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = k.Kubeconfig
	loader := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, &clientcmd.ConfigOverrides{CurrentContext: k.Context})
	c, err := loader.ClientConfig()
	if err != nil {
		return nil, "", fmt.Errorf("kubernetes: %w; give --kubeconfig, or run in a cluster", err)
	}
	namespace, _, err := loader.Namespace()
	if err != nil {
		return nil, "", fmt.Errorf("kubernetes: %w", err)
	}
	// client-go's default of 5 calls a second is for interactive tools.
	c.QPS, c.Burst = 50, 100
	c.UserAgent = "highwater/" + strings.ReplaceAll(version, " ", "-")
	return c, namespace, nil
}

// Redacted is a URL without the password that it may hold.
func Redacted(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return "a URL that does not parse"
	}
	return u.Redacted()
}
