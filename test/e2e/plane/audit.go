package plane

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"time"
)

// auditPolicy records who asked for what and how it ended, for every request, without bodies.
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
rules: [{level: Metadata, omitStages: [RequestReceived]}]
`

// An AuditEvent is one request to the kube-apiserver.
type AuditEvent struct {
	Verb                         string // as RBAC knows it, such as "patch" or "watch"
	Group, Resource, Subresource string // Group is empty for the core group, Resource for a path such as /healthz
	Namespace, Name              string
	Path                         string // with its query
	Code                         int    // the HTTP status
	At                           time.Time
}

// Rule returns the request as RBAC grants it: "verb group/resource/subresource", or "verb path" of no resource.
func (e AuditEvent) Rule() string {
	resource := e.Resource
	switch {
	case resource == "":
		return e.Verb + " " + e.Path
	case e.Group != "":
		resource = e.Group + "/" + resource
	}
	if e.Subresource != "" {
		resource += "/" + e.Subresource
	}
	return e.Verb + " " + resource
}

// Audit lists the requests that a user made so far, in the order of their answers; a watch counts as soon as it began.
// The empty user means everyone. It needs Options.Audit. See ServiceAccountUser.
func (p *Plane) Audit(t testing.TB, user string) []AuditEvent {
	t.Helper()
	if !p.opts.Audit {
		t.Fatal("audit: the plane was started without Options.Audit")
	}
	content, err := os.ReadFile(p.auditLog())
	if err != nil {
		t.Fatalf("audit: %v", err)
	}
	events, err := parseAudit(content, user)
	if err != nil {
		t.Fatalf("audit: %v", err)
	}
	return events
}

func (p *Plane) auditLog() string { return p.file("audit.log") }

// parseAudit reads the lines of an audit log. A long-running request has two, when it begins and when it ends: one of
// them is enough.
func parseAudit(log []byte, user string) ([]AuditEvent, error) {
	var events []AuditEvent
	seen := map[string]bool{}
	lines := bufio.NewScanner(bytes.NewReader(log))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line struct {
			AuditID, Verb, RequestURI string
			StageTimestamp            time.Time
			User                      struct{ Username string }
			ObjectRef                 struct{ APIGroup, Resource, Subresource, Namespace, Name string }
			ResponseStatus            struct{ Code int }
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			return nil, fmt.Errorf("line %q: %w", lines.Text(), err)
		}
		if (user != "" && line.User.Username != user) || seen[line.AuditID] {
			continue
		}
		seen[line.AuditID] = true
		events = append(events, AuditEvent{
			Verb:        line.Verb,
			Group:       line.ObjectRef.APIGroup,
			Resource:    line.ObjectRef.Resource,
			Subresource: line.ObjectRef.Subresource,
			Namespace:   line.ObjectRef.Namespace,
			Name:        line.ObjectRef.Name,
			Path:        line.RequestURI,
			Code:        line.ResponseStatus.Code,
			At:          line.StageTimestamp,
		})
	}
	return events, lines.Err()
}
