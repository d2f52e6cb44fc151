package login

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/jwt"
)

const monitoringRead = "https://www.googleapis.com/auth/monitoring.read"

func (l *Login) google(o Google) error {
	l.remedy = "give this identity the role roles/monitoring.viewer on the project in prometheus.url"
	if o.CredentialsFile == "" {
		return l.googleMetadata()
	}
	key, err := readGoogleKey(o.CredentialsFile)
	if err != nil {
		return fmt.Errorf("credentialsFile: %w", err)
	}
	client, err := newEndpointClient("", byProxy)
	if err != nil {
		return err
	}
	l.who = "service account " + key.Email
	l.way = bearer{newRenewed(func(ctx context.Context) (string, time.Time, error) {
		key, err := readGoogleKey(o.CredentialsFile)
		if err != nil {
			return "", time.Time{}, fmt.Errorf("credentialsFile: %w", err)
		}
		return header(key.TokenSource(context.WithValue(ctx, oauth2.HTTPClient, client)).Token())(key.TokenURL)
	})}
	return nil
}

// readGoogleKey reads the key of a service account, as Google hands it out.
func readGoogleKey(path string) (*jwt.Config, error) {
	text, err := readSecret(path)
	if err != nil {
		return nil, err
	}
	var k struct {
		Type         string `json:"type"`
		ClientEmail  string `json:"client_email"`
		PrivateKeyID string `json:"private_key_id"`
		PrivateKey   string `json:"private_key"`
		TokenURI     string `json:"token_uri"`
	}
	switch err := json.Unmarshal([]byte(text), &k); {
	case err != nil:
		return nil, fmt.Errorf("%s is no JSON", path) // the cause may show a part of it
	case k.Type != "service_account":
		return nil, fmt.Errorf("%s holds credentials of the type %q, not service_account; in GKE leave it out, and the pod's own identity is taken", path, clip(k.Type, 50))
	case k.ClientEmail == "" || k.PrivateKey == "":
		return nil, fmt.Errorf("%s lacks client_email or private_key", path)
	}
	token := cmp.Or(k.TokenURI, "https://oauth2.googleapis.com/token")
	if err := checkURL(token); err != nil {
		return nil, fmt.Errorf("%s: token_uri: %w", path, err)
	}
	return &jwt.Config{Email: k.ClientEmail, PrivateKey: []byte(k.PrivateKey), PrivateKeyID: k.PrivateKeyID, TokenURL: token, Scopes: []string{monitoringRead}}, nil
}

// googleMetadata takes the tokens that the node's metadata server has for the
// pod's service account.
func (l *Login) googleMetadata() error {
	client, err := newEndpointClient("", directly)
	if err != nil {
		return err
	}
	host := cmp.Or(os.Getenv("GCE_METADATA_HOST"), "metadata.google.internal")
	address := "http://" + host + "/computeMetadata/v1/instance/service-accounts/default/token"
	l.who = "the pod's identity from the metadata server"
	l.way = bearer{newRenewed(func(ctx context.Context) (string, time.Time, error) {
		var t struct {
			AccessToken string `json:"access_token"`
			ExpiresIn   int64  `json:"expires_in"`
		}
		err := getJSON(ctx, client, "metadata server "+host, address+"?scopes="+url.QueryEscape(monitoringRead), http.Header{"Metadata-Flavor": {"Google"}}, &t)
		switch {
		case err != nil:
			return "", time.Time{}, err
		case t.AccessToken == "":
			return "", time.Time{}, fmt.Errorf("metadata server %s answers without an access_token", host)
		case t.ExpiresIn <= 0:
			return "Bearer " + t.AccessToken, time.Time{}, nil
		}
		return "Bearer " + t.AccessToken, time.Now().Add(time.Duration(min(t.ExpiresIn, 1<<31)) * time.Second), nil
	})}
	return nil
}

// getJSON reads a small document of an endpoint on the node.
func getJSON(ctx context.Context, client *http.Client, endpoint, address string, h http.Header, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return fmt.Errorf("%s: no URL", endpoint)
	}
	req.Header = h
	status, body, err := do(client, req)
	switch {
	case err != nil:
		return fmt.Errorf("%s cannot be reached: %w", endpoint, err)
	case status != http.StatusOK:
		return &refusal{endpoint: endpoint, status: status, said: said("", body)}
	case json.Unmarshal(body, into) != nil:
		return errors.New(endpoint + " answers with something that is no JSON")
	}
	return nil
}
