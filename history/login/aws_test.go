package login

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// setAWS sets the variables of AWS to these, and the others to none.
func setAWS(t *testing.T, env map[string]string) {
	t.Helper()
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_SESSION_NAME",
		"AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "AWS_ENDPOINT_URL_STS", "AWS_REGION", "AWS_DEFAULT_REGION"} {
		t.Setenv(name, env[name])
	}
}

// The answers are those of the STS API reference, shortened.
const assumed = `<%[1]sResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><%[1]sResult><Audience>sts.amazonaws.com</Audience><Credentials>
<AccessKeyId>ASIA%[2]s</AccessKeyId><SecretAccessKey>secret-of-%[2]s</SecretAccessKey><SessionToken>session</SessionToken><Expiration>%[3]s</Expiration>
</Credentials></%[1]sResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></%[1]sResponse>`

func TestAWSCredentials(t *testing.T) {
	later := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	sts := server(t, func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		f := r.Form
		switch {
		case f.Get("Action") == "AssumeRoleWithWebIdentity" && f.Get("WebIdentityToken") == "projected" && f.Get("RoleArn") == "arn:aws:iam::1:role/irsa" && f.Get("RoleSessionName") == "highwater":
			fmt.Fprintf(w, assumed, "AssumeRoleWithWebIdentity", "IRSA", later)
		case f.Get("Action") == "AssumeRole" && f.Get("RoleArn") == "arn:aws:iam::2:role/reader" && strings.Contains(r.Header.Get("Authorization"), "Credential=ASIAIRSA/") &&
			strings.Contains(r.Header.Get("Authorization"), "/eu-west-1/sts/aws4_request"):
			fmt.Fprintf(w, assumed, "AssumeRole", "READER", later)
		default:
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, `<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>Not authorized to perform sts:AssumeRoleWithWebIdentity for stolen</Message></Error></ErrorResponse>`)
		}
	})
	agent := server(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "pod-token" {
			http.Error(w, "no such pod", http.StatusBadRequest)
			return
		}
		fmt.Fprintf(w, `{"AccessKeyId":"ASIAPOD","SecretAccessKey":"x","Token":"session","AccountId":"1","Expiration":%q}`, later)
	})
	f := func(name string, env map[string]string, o SigV4, want, wrong string) {
		t.Helper()
		env["AWS_ENDPOINT_URL_STS"] = sts.URL
		setAWS(t, env)
		got, err := authorization(t, Options{SigV4: &o})
		switch {
		case wrong == "" && (err != nil || !strings.HasPrefix(got, "AWS4-HMAC-SHA256 Credential="+want+"/") || !strings.Contains(got, "/eu-west-1/aps/aws4_request")):
			t.Errorf("%s: %q, %v", name, got, err)
		case wrong != "" && (err == nil || !strings.Contains(err.Error(), "prometheus.sigv4: ") || !strings.Contains(err.Error(), wrong)):
			t.Errorf("%s: %v, want %q", name, err, wrong)
		}
		if err != nil && strings.Contains(err.Error(), "stolen") {
			t.Errorf("%s: the token is in %q", name, err)
		}
	}
	irsa := func(token string) map[string]string {
		return map[string]string{"AWS_ROLE_ARN": "arn:aws:iam::1:role/irsa", "AWS_WEB_IDENTITY_TOKEN_FILE": secretFile(t, token), "AWS_REGION": "eu-west-1"}
	}
	f("keys", map[string]string{"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "x"}, SigV4{Region: "eu-west-1"}, "AKID", "")
	f("IRSA", irsa("projected"), SigV4{}, "ASIAIRSA", "")
	f("IRSA refused", irsa("stolen"), SigV4{}, "", "AWS STS at "+sts.URL+" answers 403: AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity for (secret)")
	f("another account's role", irsa("projected"), SigV4{RoleARN: "arn:aws:iam::2:role/reader"}, "ASIAREADER", "")
	pod := func(token string) map[string]string {
		return map[string]string{"AWS_CONTAINER_CREDENTIALS_FULL_URI": agent.URL + "/v1/credentials", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": secretFile(t, token), "AWS_REGION": "eu-west-1"}
	}
	f("Pod Identity", pod("pod-token"), SigV4{}, "ASIAPOD", "")
	f("Pod Identity refused", pod("other"), SigV4{}, "", "answers 400: no such pod")
	f("an agent elsewhere", map[string]string{"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://evil.example/"}, SigV4{Region: "eu-west-1"}, "", "neither https nor an address of the node")
	f("nothing", map[string]string{}, SigV4{Region: "eu-west-1"}, "", "no AWS credentials: none of AWS_ACCESS_KEY_ID")
	f("no region", map[string]string{"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "x"}, SigV4{}, "", "region: not set")
}

func TestTheRegionIsThatOfTheWorkspace(t *testing.T) {
	setAWS(t, map[string]string{"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "us-east-1"})
	u, _ := url.Parse("https://aps-workspaces.eu-central-1.amazonaws.com/workspaces/ws-1")
	l, err := New(Options{SigV4: &SigV4{}}, u)
	if err != nil || !strings.Contains(l.Remedy(), "region eu-central-1") {
		t.Errorf("%v, %v", l, err)
	}
	for host, want := range map[string]string{"aps-workspaces.eu-central-1.amazonaws.com": "prometheus.sigv4", "w-1.westeurope.prometheus.monitor.azure.com:443": "prometheus.azure",
		"monitoring.googleapis.com":                          "prometheus.google",
		"vpce-1.aps-workspaces.us-east-1.vpce.amazonaws.com": "prometheus.sigv4", "aps-workspaces.cn-north-1.amazonaws.com.cn": "prometheus.sigv4", "aps-workspaces.example.com": "", "prometheus.monitoring": ""} {
		if got := Hint(host); got != want {
			t.Errorf("%s asks for %q, want %q", host, got, want)
		}
	}
}
