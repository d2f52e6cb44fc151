package plane

import (
	"testing"

	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

// ServiceAccountKubeconfig writes a kubeconfig with a fresh token of a service account, which must exist, and returns
// its path. What it allows is what RBAC allows that account.
func (p *Plane) ServiceAccountKubeconfig(t testing.TB, namespace, name string) string {
	t.Helper()
	ctx, cancel := within()
	defer cancel()
	token, err := p.client.CoreV1().ServiceAccounts(namespace).
		CreateToken(ctx, name, &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
	if err != nil {
		t.Fatalf("token of service account %s/%s: %v", namespace, name, err)
	}
	path := p.file(namespace + "." + name + ".kubeconfig")
	auth := &api.AuthInfo{Token: token.Status.Token}
	if err := p.writeKubeconfig(path, ServiceAccountUser(namespace, name), auth, namespace); err != nil {
		t.Fatal(err)
	}
	return path
}

// ServiceAccountConfig is ServiceAccountKubeconfig for a client in the test itself.
func (p *Plane) ServiceAccountConfig(t testing.TB, namespace, name string) *rest.Config {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", p.ServiceAccountKubeconfig(t, namespace, name))
	if err != nil {
		t.Fatalf("configuration of service account %s/%s: %v", namespace, name, err)
	}
	return config
}

// ServiceAccountUser returns the user name under which Kubernetes knows a service account, as Audit takes it.
func ServiceAccountUser(namespace, name string) string {
	return "system:serviceaccount:" + namespace + ":" + name
}
