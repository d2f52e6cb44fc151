package login

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// awsKeys are credentials of AWS. The token is that of a session, if it is one.
type awsKeys struct{ id, secret, token string }

// signV4 signs req, whose body it reads, for a service in a region.
//
//	signature = HMAC(key, "AWS4-HMAC-SHA256" \n time \n scope \n SHA256(canonical request))
//	key       = HMAC(HMAC(HMAC(HMAC("AWS4" + secret, day), region), service), "aws4_request")
//
// # References
//
// AWS, "Create a signed AWS API request", IAM User Guide.
func signV4(req *http.Request, k awsKeys, region, service string, now time.Time) error {
	body, err := bodyOf(req)
	if err != nil {
		return err
	}
	stamp := now.UTC().Format("20060102T150405Z")
	req.Header.Set("X-Amz-Date", stamp)
	if k.token != "" {
		req.Header.Set("X-Amz-Security-Token", k.token)
	}
	names, headers := canonicalHeaders(req, len(body))
	canonical := strings.Join([]string{req.Method, canonicalPath(req.URL), canonicalQuery(req.URL), headers, names, hash(body)}, "\n")
	scope := strings.Join([]string{stamp[:8], region, service, "aws4_request"}, "/")
	key := []byte("AWS4" + k.secret)
	for part := range strings.SplitSeq(scope, "/") {
		key = mac(key, part)
	}
	signature := mac(key, strings.Join([]string{"AWS4-HMAC-SHA256", stamp, scope, hash([]byte(canonical))}, "\n"))
	req.Header.Set("Authorization", fmt.Sprintf("AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%x", k.id, scope, names, signature))
	return nil
}

// bodyOf reads the body and leaves it as it was.
func bodyOf(req *http.Request) ([]byte, error) {
	if req.Body == nil || req.Body == http.NoBody {
		return nil, nil
	}
	body, err := io.ReadAll(req.Body)
	_ = req.Body.Close()
	if err != nil {
		return nil, err
	}
	req.Body = io.NopCloser(strings.NewReader(string(body)))
	return body, nil
}

// canonicalHeaders returns the names of the headers that are signed, and their
// block: what a proxy on the way does not change.
func canonicalHeaders(req *http.Request, length int) (names, block string) {
	host := req.Host
	if host == "" {
		host = req.URL.Host
	}
	values := map[string]string{"host": host}
	if length > 0 {
		values["content-length"] = strconv.Itoa(length)
	}
	for name, list := range req.Header {
		if name = strings.ToLower(name); name == "content-type" || strings.HasPrefix(name, "x-amz-") {
			trimmed := make([]string, len(list))
			for i, v := range list {
				trimmed[i] = strings.Join(strings.Fields(v), " ")
			}
			values[name] = strings.Join(trimmed, ",")
		}
	}
	sorted := make([]string, 0, len(values))
	for name := range values {
		sorted = append(sorted, name)
	}
	slices.Sort(sorted)
	var b strings.Builder
	for _, name := range sorted {
		fmt.Fprintf(&b, "%s:%s\n", name, values[name])
	}
	return strings.Join(sorted, ";"), b.String()
}

// canonicalPath is the path as it is sent, escaped once more: all services but
// S3 want it so.
func canonicalPath(u *url.URL) string {
	path := u.EscapedPath()
	if path == "" {
		return "/"
	}
	parts := strings.Split(path, "/")
	for i, p := range parts {
		parts[i] = escape(p)
	}
	return strings.Join(parts, "/")
}

// canonicalQuery sorts the parameters by their escaped names and values.
func canonicalQuery(u *url.URL) string {
	type pair struct{ name, value string }
	var pairs []pair
	for name, values := range u.Query() {
		for _, v := range values {
			pairs = append(pairs, pair{escape(name), escape(v)})
		}
	}
	slices.SortFunc(pairs, func(a, b pair) int {
		if c := strings.Compare(a.name, b.name); c != 0 {
			return c
		}
		return strings.Compare(a.value, b.value)
	})
	list := make([]string, len(pairs))
	for i, p := range pairs {
		list[i] = p.name + "=" + p.value
	}
	return strings.Join(list, "&")
}

// escape is RFC 3986's: all but letters, digits and -._~ is escaped.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func mac(key []byte, s string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(s))
	return h.Sum(nil)
}
