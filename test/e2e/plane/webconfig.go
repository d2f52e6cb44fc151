package plane

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
	"path/filepath"

	"golang.org/x/crypto/bcrypt"
)

// WebConfig is the access control of a Prometheus, in its own web configuration file. Prometheus knows no bearer tokens:
// those need a proxy before it, see StartProxy.
type WebConfig struct {
	User, Password string // basic authentication, if User is not empty
	TLS            bool   // serve HTTPS; see Prometheus.CAFile
}

// webAccess is how a client gets in.
type webAccess struct {
	scheme string
	client *http.Client
}

// write makes the file web.yml and the certificates that it names.
func (c WebConfig) write(dir string) (*webAccess, error) {
	access := &webAccess{scheme: "http"}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	var config string
	if c.TLS {
		ca, err := newAuthority("prometheus")
		if err != nil {
			return nil, err
		}
		pair, err := ca.server()
		if err != nil {
			return nil, err
		}
		if err := pair.write(dir, "web"); err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(dir, "ca.crt"), ca.pem, 0o600); err != nil {
			return nil, err
		}
		roots := x509.NewCertPool()
		roots.AddCert(ca.cert)
		transport.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
		access.scheme = "https"
		config += "tls_server_config: {cert_file: web.crt, key_file: web.key}\n"
	}
	access.client = &http.Client{Transport: transport}
	if c.User != "" {
		hash, err := bcrypt.GenerateFromPassword([]byte(c.Password), bcrypt.MinCost)
		if err != nil {
			return nil, fmt.Errorf("password of prometheus: %w", err)
		}
		config += fmt.Sprintf("basic_auth_users: {%q: %q}\n", c.User, hash)
		access.client.Transport = basicAuth{c, transport}
	}
	return access, os.WriteFile(filepath.Join(dir, "web.yml"), []byte(config), 0o600)
}

type basicAuth struct {
	WebConfig
	next http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (a basicAuth) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.SetBasicAuth(a.User, a.Password)
	return a.next.RoundTrip(r)
}
