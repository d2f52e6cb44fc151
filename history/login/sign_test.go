package login

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// The keys and signatures are those of the test suite that AWS publishes:
// github.com/awslabs/aws-c-auth, tests/aws-signing-test-suite/v4, *-signed-request.txt.
func TestSignaturesAreThoseThatAWSPublishes(t *testing.T) {
	keys := awsKeys{id: "AKIDEXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
	at := time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC)
	const unreserved = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	for _, c := range []struct {
		name, method, target, body, token string
		headers                           map[string]string
		signed, want                      string
	}{
		{name: "get-vanilla", method: "GET", target: "/", signed: "host;x-amz-date",
			want: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
		{name: "get-vanilla-query-order-encoded", method: "GET", target: "/?Param-3=Value3&Param=Value2&%E1%88%B4=Value1", signed: "host;x-amz-date",
			want: "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac"},
		{name: "get-vanilla-query-unreserved", method: "GET", target: "/?" + unreserved + "=" + unreserved, signed: "host;x-amz-date",
			want: "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"},
		{name: "post-vanilla-query", method: "POST", target: "/?Param1=value1", signed: "host;x-amz-date",
			want: "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11"},
		{name: "get-vanilla-with-session-token", method: "GET", target: "/", token: "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267",
			signed: "host;x-amz-date;x-amz-security-token", want: "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8"},
		{name: "post-x-www-form-urlencoded", method: "POST", target: "/", body: "Param1=value1",
			headers: map[string]string{"Content-Type": "application/x-www-form-urlencoded", "X-Amz-Content-Sha256": "9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e"},
			signed:  "content-length;content-type;host;x-amz-content-sha256;x-amz-date", want: "d3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b"},
	} {
		req, err := http.NewRequest(c.method, "https://example.amazonaws.com"+c.target, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		for name, v := range c.headers {
			req.Header.Set(name, v)
		}
		k := keys
		k.token = c.token
		if err := signV4(req, k, "us-east-1", "service", at); err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=%s, Signature=%s", c.signed, c.want)
		if got := req.Header.Get("Authorization"); got != want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, want)
		}
	}
}

// AWS' own signer is the reference for paths, which its test suite gives in
// another form, and for what the Prometheus client sends. Names of parameters are
// like Prometheus' (match[]): that signer sorts others by their runes, the published
// test above by their escapes.
func TestSignaturesAreThoseOfAWSOwnSigner(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	text := func(n int, of string) string {
		runes := []rune(of)
		var b strings.Builder
		for range random.IntN(n) + 1 {
			b.WriteRune(runes[random.IntN(len(runes))])
		}
		return b.String()
	}
	const awkward = "abcXYZ019-._~ +%/&=?#\"'{}[]()!*,;:@$^|\\<>`äπ🐟\n\t"
	signer := v4.NewSigner()
	for i := range 2000 {
		query, form := url.Values{}, url.Values{}
		for range random.IntN(4) {
			query.Add(text(6, "abcxyz_")+[]string{"", "[]"}[random.IntN(2)], text(30, awkward))
			form.Add(text(6, awkward), text(30, awkward))
		}
		u := url.URL{Scheme: "https", Host: "aps-workspaces.eu-west-1.amazonaws.com", Path: "/workspaces/" + text(10, awkward) + "/api/v1/query_range", RawQuery: query.Encode()}
		body := form.Encode()
		keys := awsKeys{id: "AKID" + text(16, "ABC123"), secret: text(40, "abc/+XYZ")}
		if i%2 == 0 {
			keys.token = text(60, "abc/+=XYZ")
		}
		at := time.Unix(1_700_000_000+random.Int64N(1e8), 0).UTC()
		build := func() *http.Request {
			req, err := http.NewRequest(http.MethodPost, u.String(), strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			return req
		}
		ours, theirs := build(), build()
		if err := signV4(ours, keys, "eu-west-1", aps, at); err != nil {
			t.Fatal(err)
		}
		err := signer.SignHTTP(context.Background(), aws.Credentials{AccessKeyID: keys.id, SecretAccessKey: keys.secret, SessionToken: keys.token}, theirs, hash([]byte(body)), aps, "eu-west-1", at)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := ours.Header.Get("Authorization"), theirs.Header.Get("Authorization"); got != want {
			t.Fatalf("%s with %q:\n got %s\nwant %s", u.String(), body, got, want)
		}
	}
}
