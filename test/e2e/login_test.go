package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// TestTheValuesOfTheLogInPageAreTaken renders the chart with each block of
// docs/login.md that is one of its values, and starts Highwater with the
// configuration that comes of it: it gets as far as the cluster, which it is not in.
func TestTheValuesOfTheLogInPageAreTaken(t *testing.T) {
	t.Parallel()
	binary(t)
	page, err := os.ReadFile("../../docs/login.md")
	if err != nil {
		t.Fatal(err)
	}
	secrets := t.TempDir() // what is mounted in the pod
	secret := filepath.Join(secrets, "client-secret")
	if err := os.WriteFile(secret, []byte("token"), 0o600); err != nil {
		t.Fatal(err)
	}
	// What the clouds' webhooks set.
	env := "AWS_ROLE_ARN=arn:aws:iam::1:role/r AWS_WEB_IDENTITY_TOKEN_FILE=" + secret + " AZURE_TENANT_ID=t AZURE_CLIENT_ID=c AZURE_FEDERATED_TOKEN_FILE=" + secret
	n := 0
	for block := range strings.SplitSeq(string(page), "```yaml\n") {
		values, _, _ := strings.Cut(block, "```")
		if !strings.HasPrefix(values, "# values.yaml of the chart") && !strings.Contains(values, "serviceAccountToken") {
			continue
		}
		n++
		file := filepath.Join(t.TempDir(), "values.yaml")
		if err := os.WriteFile(file, []byte(values), 0o600); err != nil {
			t.Fatal(err)
		}
		objects, err := template("--values", file, "--set", "image.repository=registry.example/highwater")
		if err != nil {
			t.Errorf("%v with\n%s", err, values)
			continue
		}
		config, mounts := installed(t, objects)
		for _, folder := range []string{"/etc/highwater/credentials", "/etc/highwater/identity"} {
			if strings.Contains(values, folder) && !strings.Contains(mounts, `"mountPath":"`+folder+`"`) {
				t.Errorf("%s is not mounted with\n%s", folder, values)
			}
		}
		for _, path := range []string{"/etc/highwater/credentials/client-secret", "/etc/highwater/identity/token"} {
			config = strings.ReplaceAll(config, path, secret)
		}
		if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
		_, problem, code := runWith(t, env, "serve", "--config", file, "--kubeconfig", filepath.Join(secrets, "nowhere"))
		if code == 0 || !strings.Contains(problem, "kubernetes: ") || strings.Contains(problem, "prometheus.") {
			t.Errorf("exit %d, %s with\n%s", code, problem, values)
		}
	}
	if n != 5 {
		t.Errorf("%d blocks are values of the chart, want 5", n)
	}
}

// installed returns the configuration file and the mounts of a rendered chart.
func installed(t *testing.T, objects []*unstructured.Unstructured) (config, mounts string) {
	t.Helper()
	for _, o := range objects {
		switch o.GetKind() {
		case "ConfigMap":
			config, _, _ = unstructured.NestedString(o.Object, "data", "config.yaml")
		case "Deployment":
			text, err := json.Marshal(o.Object)
			if err != nil {
				t.Fatal(err)
			}
			mounts = string(text)
		}
	}
	return config, mounts
}
