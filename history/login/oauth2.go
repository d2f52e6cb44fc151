package login

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

func (l *Login) oauth2(o OAuth2) error {
	client, err := newEndpointClient(o.CAFile, byProxy)
	if err != nil {
		return err
	}
	if _, err := readSecret(o.ClientSecretFile); err != nil {
		return fmt.Errorf("clientSecretFile: %w", err)
	}
	params := url.Values{}
	for k, v := range o.EndpointParams {
		params.Set(k, v)
	}
	// Kept, since it learns whether the endpoint wants the secret in a header.
	grant := &clientcredentials.Config{ClientID: o.ClientID, TokenURL: o.TokenURL, Scopes: o.Scopes, EndpointParams: params}
	l.who = fmt.Sprintf("client %s of %s", o.ClientID, o.TokenURL)
	if len(o.Scopes) > 0 {
		l.who += ", scopes " + strings.Join(o.Scopes, " ")
	}
	l.remedy = "check that this client may query the store, and which scopes or endpointParams (audience, resource) it asks for"
	l.way = bearer{newRenewed(func(ctx context.Context) (string, time.Time, error) {
		secret, err := readSecret(o.ClientSecretFile)
		if err != nil {
			return "", time.Time{}, fmt.Errorf("clientSecretFile: %w", err)
		}
		grant.ClientSecret = secret // by one caller at a time
		return header(grant.Token(context.WithValue(ctx, oauth2.HTTPClient, client)))(o.TokenURL, secret)
	})}
	return nil
}

// header makes of a token what is sent, or of a failure what is said.
func header(t *oauth2.Token, err error) func(endpoint string, secrets ...string) (string, time.Time, error) {
	return func(endpoint string, secrets ...string) (string, time.Time, error) {
		if err != nil {
			return "", time.Time{}, endpointError(endpoint, err, secrets...)
		}
		return t.Type() + " " + t.AccessToken, t.Expiry, nil
	}
}

const (
	entra        = "https://login.microsoftonline.com/"
	azureMonitor = "https://prometheus.monitor.azure.com/.default"
	// assertionType is that of a signed token in the place of a secret: RFC 7523, section 2.2.
	assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
)

func (l *Login) azure(o Azure) error {
	o.TenantID = cmp.Or(o.TenantID, os.Getenv("AZURE_TENANT_ID"))
	o.ClientID = cmp.Or(o.ClientID, os.Getenv("AZURE_CLIENT_ID"))
	o.TokenFile = cmp.Or(o.TokenFile, os.Getenv("AZURE_FEDERATED_TOKEN_FILE"))
	o.Scope = cmp.Or(o.Scope, azureMonitor)
	for _, x := range []struct{ value, key, env string }{
		{o.TenantID, "tenantID", "AZURE_TENANT_ID"}, {o.ClientID, "clientID", "AZURE_CLIENT_ID"}, {o.TokenFile, "tokenFile", "AZURE_FEDERATED_TOKEN_FILE"},
	} {
		if x.value == "" {
			return fmt.Errorf("%s is not set, and neither is %s: the workload identity webhook sets it in pods with the label azure.workload.identity/use: \"true\"", x.key, x.env)
		}
	}
	endpoint, err := url.JoinPath(cmp.Or(os.Getenv("AZURE_AUTHORITY_HOST"), entra), o.TenantID, "oauth2/v2.0/token")
	if err != nil || checkURL(endpoint) != nil {
		return fmt.Errorf("AZURE_AUTHORITY_HOST is no URL, or tenantID no part of one")
	}
	client, err := newEndpointClient("", byProxy)
	if err != nil {
		return err
	}
	if _, err := readSecret(o.TokenFile); err != nil {
		return fmt.Errorf("tokenFile: %w", err)
	}
	l.who = fmt.Sprintf("client %s of tenant %s, scope %s", o.ClientID, o.TenantID, o.Scope)
	l.remedy = "give this identity the role Monitoring Data Reader on the Azure Monitor workspace"
	l.way = bearer{newRenewed(func(ctx context.Context) (string, time.Time, error) {
		assertion, err := readSecret(o.TokenFile)
		if err != nil {
			return "", time.Time{}, fmt.Errorf("tokenFile: %w", err)
		}
		grant := clientcredentials.Config{ClientID: o.ClientID, TokenURL: endpoint, Scopes: []string{o.Scope}, AuthStyle: oauth2.AuthStyleInParams,
			EndpointParams: url.Values{"client_assertion_type": {assertionType}, "client_assertion": {assertion}}}
		return header(grant.Token(context.WithValue(ctx, oauth2.HTTPClient, client)))(endpoint, assertion)
	})}
	return nil
}
