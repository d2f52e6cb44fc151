package login

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// secretFile writes content to a file of its own.
func secretFile(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func server(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		h(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// authorization asks a store through the log-in and returns the header Authorization
// that arrives there.
func authorization(t *testing.T, o Options) (string, error) {
	t.Helper()
	var got string
	store := server(t, func(_ http.ResponseWriter, r *http.Request) { got = r.Header.Get("Authorization") })
	u, _ := url.Parse(store.URL)
	l, err := New(o, u)
	if err != nil {
		return "", err
	}
	resp, err := (&http.Client{Transport: l.Wrap(http.DefaultTransport)}).Get(store.URL)
	if err != nil {
		return "", err
	}
	_ = resp.Body.Close()
	return got, nil
}

func TestOAuth2ClientCredentials(t *testing.T) {
	for _, style := range []string{"header", "params"} {
		tokens := server(t, func(w http.ResponseWriter, r *http.Request) {
			_ = r.ParseForm()
			id, secret, _ := r.BasicAuth()
			if style == "params" {
				id, secret = r.Form.Get("client_id"), r.Form.Get("client_secret")
			}
			if id != "highwater" || secret != "s3cret" || r.Form.Get("grant_type") != "client_credentials" ||
				r.Form.Get("scope") != "read more" || r.Form.Get("audience") != "metrics" {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			fmt.Fprint(w, `{"access_token":"abc","token_type":"bearer","expires_in":3600}`)
		})
		got, err := authorization(t, Options{OAuth2: &OAuth2{TokenURL: tokens.URL, ClientID: "highwater", ClientSecretFile: secretFile(t, "s3cret\n"),
			Scopes: []string{"read", "more"}, EndpointParams: map[string]string{"audience": "metrics"}}})
		if got != "Bearer abc" || err != nil {
			t.Errorf("secret in %s: %q, %v", style, got, err)
		}
	}
}

func TestWhatATokenEndpointSaysIsTold(t *testing.T) {
	f := func(name string, h http.HandlerFunc, temporary bool, want string) {
		t.Helper()
		tokens := server(t, h)
		_, err := authorization(t, Options{OAuth2: &OAuth2{TokenURL: tokens.URL + "/token", ClientID: "highwater", ClientSecretFile: secretFile(t, "s3cret")}})
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Temporary != temporary || !strings.Contains(e.Error(), "prometheus.oauth2: token endpoint "+tokens.URL+"/token "+want) {
			t.Errorf("%s: %v; want %q, temporary %t", name, err, want, temporary)
		}
		if err != nil && strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: the secret is in %q", name, err)
		}
	}
	say := func(status int, contentType, text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			w.WriteHeader(status)
			fmt.Fprint(w, text)
		}
	}
	f("refused", say(401, "application/json", `{"error":"invalid_client","error_description":"Invalid client or Invalid client credentials"}`), false, "answers 401: invalid_client: Invalid client or Invalid client credentials")
	f("in success", say(200, "application/json", `{"error":"invalid_scope"}`), false, "answers 200: invalid_scope")
	f("the secret again", say(400, "application/json", `{"error":"bad","error_description":"s3cret is wrong"}`), false, "answers 400: bad: (secret) is wrong")
	f("fails", say(503, "text/html", "<html>sorry</html>"), true, "answers 503: no reason is given")
	f("no JSON", say(200, "text/html", "<html>log in here</html>"), false, "answers with something that is no JSON")
	f("no token", say(200, "application/json", `{"token_type":"bearer"}`), false, "answers without an access_token")
	f("leads elsewhere", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusTemporaryRedirect)
	}, false, "answers 307")
	f("breaks", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, true, "cannot be reached")
}

// A rotated secret is read at the next token, and a revoked token is replaced once.
func TestRotatedSecretsAndRevokedTokens(t *testing.T) {
	path := secretFile(t, "old")
	var given atomic.Int32
	tokens := server(t, func(w http.ResponseWriter, r *http.Request) {
		_, secret, _ := r.BasicAuth()
		fmt.Fprintf(w, `{"access_token":"%s-%d","token_type":"bearer","expires_in":3600}`, secret, given.Add(1))
	})
	var accepted atomic.Value
	accepted.Store("Bearer old-1")
	var bodies []string
	store := server(t, func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		bodies = append(bodies, r.Form.Get("query"))
		if r.Header.Get("Authorization") != accepted.Load() {
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	u, _ := url.Parse(store.URL)
	l, err := New(Options{OAuth2: &OAuth2{TokenURL: tokens.URL, ClientID: "highwater", ClientSecretFile: path}}, u)
	if err != nil {
		t.Fatal(err)
	}
	r := l.way.(bearer).renewed
	shift := time.Duration(0)
	r.now = func() time.Time { return time.Now().Add(shift) }
	ask := func(want int) {
		t.Helper()
		resp, err := (&http.Client{Transport: l.Wrap(http.DefaultTransport)}).PostForm(store.URL, url.Values{"query": {"up"}})
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("status %d, want %d", resp.StatusCode, want)
		}
	}
	ask(200)
	if err := os.WriteFile(path, []byte("new"), 0o600); err != nil {
		t.Fatal(err)
	}
	ask(200) // the token is kept
	accepted.Store("Bearer new-2")
	ask(401) // it is too new to be given up
	shift = time.Minute
	ask(200)
	if given.Load() != 2 || strings.Join(bodies, ",") != "up,up,up,up,up" {
		t.Errorf("%d tokens, bodies %q", given.Load(), bodies)
	}
}

// Credentials go to the store's host only.
func TestARedirectGetsNoCredentials(t *testing.T) {
	var leaked string
	other := server(t, func(_ http.ResponseWriter, r *http.Request) {
		leaked = r.Header.Get("Authorization") + r.Header.Get("X-Amz-Date")
	})
	store := server(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
	})
	u, _ := url.Parse(store.URL)
	setAWS(t, map[string]string{"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "x"})
	l, err := New(Options{SigV4: &SigV4{Region: "eu-west-1"}}, u)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := (&http.Client{Transport: l.Wrap(http.DefaultTransport)}).Get(store.URL)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if leaked != "" {
		t.Errorf("the other host got %q", leaked)
	}
	var plain http.Header
	downgraded := &transport{Login: &Login{scheme: "https", host: u.Host, way: l.way}, next: roundTrip(func(r *http.Request) { plain = r.Header })}
	req, _ := http.NewRequest(http.MethodGet, store.URL, nil)
	if _, err := downgraded.RoundTrip(req); err != nil || plain.Get("Authorization") != "" {
		t.Errorf("without TLS the same host got %q, %v", plain.Get("Authorization"), err)
	}
}

// roundTrip is a transport that answers nothing.
type roundTrip func(*http.Request)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) {
	f(r)
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
}

func TestAzureWorkloadIdentity(t *testing.T) {
	tokens := server(t, func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		f := r.Form
		if r.URL.Path != "/tenant/oauth2/v2.0/token" || f.Get("client_id") != "app" || f.Get("client_assertion") != "projected" ||
			f.Get("client_assertion_type") != assertionType || f.Get("scope") != azureMonitor || f.Get("grant_type") != "client_credentials" {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"error":"invalid_request","error_description":"AADSTS700016: projected is not found"}`)
			return
		}
		fmt.Fprint(w, `{"token_type":"Bearer","expires_in":86399,"access_token":"entra"}`)
	})
	for _, name := range []string{"AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_FEDERATED_TOKEN_FILE"} {
		t.Setenv(name, "")
	}
	t.Setenv("AZURE_AUTHORITY_HOST", tokens.URL+"/")
	if _, err := authorization(t, Options{Azure: &Azure{}}); err == nil || !strings.Contains(err.Error(), "prometheus.azure: tenantID is not set, and neither is AZURE_TENANT_ID") {
		t.Errorf("without a webhook: %v", err)
	}
	t.Setenv("AZURE_TENANT_ID", "tenant")
	t.Setenv("AZURE_CLIENT_ID", "app")
	t.Setenv("AZURE_FEDERATED_TOKEN_FILE", secretFile(t, "projected"))
	if got, err := authorization(t, Options{Azure: &Azure{}}); got != "Bearer entra" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	_, err := authorization(t, Options{Azure: &Azure{ClientID: "other"}})
	if err == nil || !strings.Contains(err.Error(), "answers 400: invalid_request: AADSTS700016: (secret) is not found") {
		t.Errorf("another client: %v", err)
	}
}

func TestGoogleIdentities(t *testing.T) {
	answer := `{"access_token":"gke","expires_in":3599,"token_type":"Bearer"}`
	metadata := server(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Metadata-Flavor") != "Google" || r.URL.Path != "/computeMetadata/v1/instance/service-accounts/default/token" || r.FormValue("scopes") != monitoringRead {
			http.Error(w, "no", http.StatusForbidden)
			return
		}
		fmt.Fprint(w, answer)
	})
	t.Setenv("GCE_METADATA_HOST", strings.TrimPrefix(metadata.URL, "http://"))
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1") // what is on the node has no proxy before it
	if got, err := authorization(t, Options{Google: &Google{}}); got != "Bearer gke" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	answer = `<html>`
	if _, err := authorization(t, Options{Google: &Google{}}); err == nil || !strings.Contains(err.Error(), "no JSON") {
		t.Errorf("%v", err)
	}
	answer = `{}`
	if _, err := authorization(t, Options{Google: &Google{}}); err == nil || !strings.Contains(err.Error(), "without an access_token") {
		t.Errorf("%v", err)
	}

	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	tokens := server(t, func(w http.ResponseWriter, r *http.Request) {
		parts := strings.Split(r.FormValue("assertion"), ".")
		if len(parts) != 3 {
			http.Error(w, `{"error":"invalid_grant"}`, http.StatusBadRequest)
			return
		}
		claims, _ := base64.RawURLEncoding.DecodeString(parts[1])
		var c struct{ Iss, Scope string }
		_ = json.Unmarshal(claims, &c)
		if c.Iss != "hw@p.iam.gserviceaccount.com" || c.Scope != monitoringRead {
			http.Error(w, `{"error":"invalid_grant"}`, http.StatusBadRequest)
			return
		}
		fmt.Fprint(w, `{"access_token":"key","expires_in":3599,"token_type":"Bearer"}`)
	})
	account := map[string]string{"type": "service_account", "client_email": "hw@p.iam.gserviceaccount.com", "private_key_id": "1", "token_uri": tokens.URL,
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))}
	file := func() string {
		text, _ := json.Marshal(account)
		return secretFile(t, string(text))
	}
	if got, err := authorization(t, Options{Google: &Google{CredentialsFile: file()}}); got != "Bearer key" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	account["type"] = "external_account"
	if _, err := authorization(t, Options{Google: &Google{CredentialsFile: file()}}); err == nil || !strings.Contains(err.Error(), `of the type "external_account", not service_account`) {
		t.Errorf("%v", err)
	}
	if _, err := authorization(t, Options{Google: &Google{CredentialsFile: secretFile(t, "private-key")}}); err == nil || !strings.Contains(err.Error(), "is no JSON") || strings.Contains(err.Error(), "private-key") {
		t.Errorf("%v", err)
	}
}

func TestTwoLogInsAreRefused(t *testing.T) {
	u := &url.URL{Scheme: "https", Host: "store"}
	_, err := New(Options{SigV4: &SigV4{}, Google: &Google{}}, u)
	if err == nil || err.Error() != "prometheus.sigv4 and prometheus.google: set only one" {
		t.Errorf("%v", err)
	}
	if l, err := New(Options{}, u); l != nil || err != nil {
		t.Errorf("none: %v, %v", l, err)
	}
	_, err = New(Options{OAuth2: &OAuth2{TokenURL: "login"}}, u)
	if err == nil || err.Error() != "prometheus.oauth2.clientID: not set\noauth2.clientSecretFile: not set; secrets are given as files\noauth2.tokenURL: no URL; want https://host/path" {
		t.Errorf("%v", err)
	}
}
