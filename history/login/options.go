package login

import (
	"errors"
	"fmt"
	"net/url"
)

// Options choose one way to log in. Without any, requests go as they are.
type Options struct {
	OAuth2 *OAuth2 `json:"oauth2,omitempty"`
	SigV4  *SigV4  `json:"sigv4,omitempty"`
	Azure  *Azure  `json:"azure,omitempty"`
	Google *Google `json:"google,omitempty"`
}

// OAuth2 is the client credentials grant of RFC 6749, section 4.4.
type OAuth2 struct {
	TokenURL         string            `json:"tokenURL"`
	ClientID         string            `json:"clientID"`
	ClientSecretFile string            `json:"clientSecretFile"` // read anew for each token
	Scopes           []string          `json:"scopes,omitempty"`
	EndpointParams   map[string]string `json:"endpointParams,omitempty"` // sent to the token endpoint: "audience"
	CAFile           string            `json:"caFile,omitempty"`         // PEM; of the token endpoint's certificate
}

// SigV4 signs requests with AWS credentials, as Amazon Managed Service for
// Prometheus asks for.
type SigV4 struct {
	// Region is that of the workspace. If empty, it is that of the URL, or of
	// AWS_REGION.
	Region string `json:"region,omitempty"`
	// RoleARN is a role that the credentials assume first, in another account
	// perhaps.
	RoleARN string `json:"roleARN,omitempty"`
}

// Azure logs in to Microsoft Entra with a federated token: AKS workload
// identity. What is empty comes from the variables that its webhook sets.
type Azure struct {
	TenantID  string `json:"tenantID,omitempty"`  // AZURE_TENANT_ID
	ClientID  string `json:"clientID,omitempty"`  // AZURE_CLIENT_ID
	TokenFile string `json:"tokenFile,omitempty"` // AZURE_FEDERATED_TOKEN_FILE; read anew for each token
	Scope     string `json:"scope,omitempty"`     // that of Azure Monitor if empty
}

// Google takes tokens of the metadata server, which is how GKE gives a pod its
// identity, or of a service account's key.
type Google struct {
	CredentialsFile string `json:"credentialsFile,omitempty"` // JSON key of a service account; read anew for each token
}

// Names lists the keys that are set, in the order of Options.
func (o Options) Names() (names []string) {
	for _, w := range []struct {
		set  bool
		name string
	}{{o.OAuth2 != nil, "oauth2"}, {o.SigV4 != nil, "sigv4"}, {o.Azure != nil, "azure"}, {o.Google != nil, "google"}} {
		if w.set {
			names = append(names, w.name)
		}
	}
	return names
}

// Validate returns every problem that is known without the environment and
// without the files, each with its key.
func (o Options) Validate() error {
	if o.OAuth2 == nil {
		return nil
	}
	var errs []error
	if o.OAuth2.ClientID == "" {
		errs = append(errs, errors.New("oauth2.clientID: not set"))
	}
	if o.OAuth2.ClientSecretFile == "" {
		errs = append(errs, errors.New("oauth2.clientSecretFile: not set; secrets are given as files"))
	}
	if err := checkURL(o.OAuth2.TokenURL); err != nil {
		errs = append(errs, fmt.Errorf("oauth2.tokenURL: %w", err))
	}
	return errors.Join(errs...)
}

func checkURL(s string) error {
	u, err := url.Parse(s)
	switch {
	case s == "":
		return errors.New("not set; give the token endpoint, as in https://login.example/oauth2/token")
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Host == "":
		return errors.New("no URL; want https://host/path")
	case u.User != nil:
		return errors.New("it holds a user; clientID and clientSecretFile take its place")
	}
	return nil
}
