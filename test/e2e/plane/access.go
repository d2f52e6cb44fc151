package plane

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

// Config returns a copy of the configuration of the cluster's administrator, without a client-side rate limit.
func (p *Plane) Config() *rest.Config { return rest.CopyConfig(p.config) }

// Client returns the administrator's typed client.
func (p *Plane) Client() kubernetes.Interface { return p.client }

// Dynamic returns the administrator's client for any kind, such as custom resources.
func (p *Plane) Dynamic() dynamic.Interface { return p.dynamic }

// Kubeconfig returns the path of the administrator's kubeconfig.
func (p *Plane) Kubeconfig() string { return filepath.Join(p.dir, "admin.kubeconfig") }

// Dir returns the folder of the plane's files and logs.
func (p *Plane) Dir() string { return p.dir }

// URL returns where the kube-apiserver listens.
func (p *Plane) URL() string { return "https://" + address(p.apiPort) }

// writeCertificates makes the two authorities of a cluster and what they sign. They are two because a client
// certificate of the aggregation layer lets its bearer speak as any user.
func (p *Plane) writeCertificates() error {
	var errs []error
	keep := func(pair keyPair, err error) func(name string) {
		return func(name string) {
			if err == nil {
				err = pair.write(p.dir, name)
			}
			errs = append(errs, err)
		}
	}
	var err error
	if p.ca, err = newAuthority("highwater-e2e"); err != nil {
		return err
	}
	if p.frontProxy, err = newAuthority("highwater-e2e-front-proxy"); err != nil {
		return err
	}
	keep(p.ca.server("kubernetes", "kubernetes.default", "kubernetes.default.svc"))("apiserver")
	keep(p.ca.client("service-accounts"))("service-accounts") // only its key is used, to sign tokens
	keep(p.frontProxy.client(frontProxyUser))("front-proxy")
	errs = append(errs,
		os.WriteFile(p.file("ca.crt"), p.ca.pem, 0o600),
		os.WriteFile(p.file("front-proxy-ca.crt"), p.frontProxy.pem, 0o600))
	return errors.Join(errs...)
}

// writeKubeconfigs makes the credentials of everyone who talks to the kube-apiserver, as kubeadm does it.
func (p *Plane) writeKubeconfigs() error {
	for _, who := range []struct {
		file, user string
		groups     []string
	}{
		{"admin", "admin", []string{"system:masters"}},
		{"kwok", "kwok", []string{"system:masters"}},
		{"controllers", "system:kube-controller-manager", nil},
		{"scheduler", "system:kube-scheduler", nil},
	} {
		pair, err := p.ca.client(who.user, who.groups...)
		if err != nil {
			return err
		}
		auth := &api.AuthInfo{ClientCertificateData: pair.cert, ClientKeyData: pair.key}
		if err := p.writeKubeconfig(p.file(who.file+".kubeconfig"), who.user, auth, ""); err != nil {
			return err
		}
	}
	return nil
}

func (p *Plane) writeKubeconfig(path, user string, auth *api.AuthInfo, namespace string) error {
	config := api.NewConfig()
	config.Clusters["e2e"] = &api.Cluster{Server: p.URL(), CertificateAuthorityData: p.ca.pem}
	config.AuthInfos[user] = auth
	config.Contexts["e2e"] = &api.Context{Cluster: "e2e", AuthInfo: user, Namespace: namespace}
	config.CurrentContext = "e2e"
	if err := clientcmd.WriteToFile(*config, path); err != nil {
		return fmt.Errorf("write the kubeconfig of %s: %w", user, err)
	}
	return nil
}

// connect makes the administrator's clients. It needs no server yet.
func (p *Plane) connect() error {
	var err error
	if p.config, err = clientcmd.BuildConfigFromFlags("", p.Kubeconfig()); err != nil {
		return fmt.Errorf("administrator's configuration: %w", err)
	}
	p.config.QPS = -1 // the tests ask in bursts and alone
	if p.client, err = kubernetes.NewForConfig(p.config); err != nil {
		return fmt.Errorf("administrator's client: %w", err)
	}
	if p.dynamic, err = dynamic.NewForConfig(p.config); err != nil {
		return fmt.Errorf("administrator's dynamic client: %w", err)
	}
	return nil
}

func (p *Plane) file(name string) string { return filepath.Join(p.dir, name) }
