package login

import (
	"cmp"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"
)

// aps is what Amazon Managed Service for Prometheus is called in signatures.
const aps = "aps"

func (l *Login) sigV4(o SigV4, store *url.URL) error {
	region := cmp.Or(o.Region, regionOf(store.Hostname()), os.Getenv("AWS_REGION"), os.Getenv("AWS_DEFAULT_REGION"))
	if region == "" {
		return errors.New("region: not set, and neither are AWS_REGION and AWS_DEFAULT_REGION; give that of the workspace, as in eu-west-1")
	}
	fetch, from, err := awsSource(region)
	if err != nil {
		return err
	}
	l.who = fmt.Sprintf("region %s, credentials of %s", region, from)
	l.remedy = "give this identity the action aps:QueryMetrics on the workspace in prometheus.url, and check the region"
	if o.RoleARN != "" {
		s, err := newSTS(region)
		if err != nil {
			return err
		}
		own := newRenewed(fetch)
		fetch = func(ctx context.Context) (awsKeys, time.Time, error) {
			keys, err := own.get(ctx)
			if err != nil {
				return awsKeys{}, time.Time{}, err
			}
			return s.assume(ctx, url.Values{"Action": {"AssumeRole"}, "RoleArn": {o.RoleARN}, "RoleSessionName": {sessionName()}}, &keys)
		}
		l.who += ", which assume " + o.RoleARN
	}
	l.way = awsWay{newRenewed(fetch), region}
	return nil
}

// regionOf reads the region from the name of a workspace's host, or of a VPC's
// endpoint for it; empty if it is neither.
func regionOf(host string) string {
	parts := strings.Split(host, ".")
	i := slices.IndexFunc(parts, func(p string) bool { return p == "aps-workspaces" || p == "aps-workspaces-fips" })
	if i < 0 || i+2 >= len(parts) || !slices.Contains(parts[i+2:], "amazonaws") {
		return ""
	}
	return parts[i+1]
}

type awsWay struct {
	*renewed[awsKeys]
	region string
}

func (a awsWay) sign(ctx context.Context, req *http.Request) error {
	keys, err := a.get(ctx)
	if err != nil {
		return err
	}
	return signV4(req, keys, a.region, aps, time.Now())
}

type awsFetch = func(context.Context) (awsKeys, time.Time, error)

// awsSource finds the pod's credentials, in the order of AWS' SDKs: keys in the
// environment, a role for the service account (IRSA), EKS Pod Identity.
func awsSource(region string) (awsFetch, string, error) {
	env := os.Getenv
	switch {
	case env("AWS_ACCESS_KEY_ID") != "" && env("AWS_SECRET_ACCESS_KEY") != "":
		keys := awsKeys{env("AWS_ACCESS_KEY_ID"), env("AWS_SECRET_ACCESS_KEY"), env("AWS_SESSION_TOKEN")}
		return func(context.Context) (awsKeys, time.Time, error) { return keys, time.Time{}, nil }, "AWS_ACCESS_KEY_ID", nil
	case env("AWS_WEB_IDENTITY_TOKEN_FILE") != "" && env("AWS_ROLE_ARN") != "":
		file, role := env("AWS_WEB_IDENTITY_TOKEN_FILE"), env("AWS_ROLE_ARN")
		if _, err := readSecret(file); err != nil {
			return nil, "", fmt.Errorf("AWS_WEB_IDENTITY_TOKEN_FILE: %w", err)
		}
		s, err := newSTS(region)
		return func(ctx context.Context) (awsKeys, time.Time, error) {
			token, err := readSecret(file)
			if err != nil {
				return awsKeys{}, time.Time{}, fmt.Errorf("AWS_WEB_IDENTITY_TOKEN_FILE: %w", err)
			}
			return s.assume(ctx, url.Values{"Action": {"AssumeRoleWithWebIdentity"}, "RoleArn": {role},
				"RoleSessionName": {sessionName()}, "WebIdentityToken": {token}}, nil)
		}, "the service account's role (AWS_ROLE_ARN)", err
	case env("AWS_CONTAINER_CREDENTIALS_FULL_URI") != "":
		fetch, err := podIdentity(env("AWS_CONTAINER_CREDENTIALS_FULL_URI"), env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"))
		return fetch, "EKS Pod Identity", err
	}
	return nil, "", errors.New("no AWS credentials: none of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE (a role for the service account), " +
		"and AWS_CONTAINER_CREDENTIALS_FULL_URI (EKS Pod Identity) is set; a node's own role is not used")
}

// sessionName is what AWS' logs call the session.
func sessionName() string { return cmp.Or(os.Getenv("AWS_ROLE_SESSION_NAME"), "highwater") }

// podIdentity asks the agent on the node, which knows the pod by its token.
func podIdentity(address, tokenFile string) (awsFetch, error) {
	u, err := url.Parse(address)
	// The addresses that AWS' SDKs accept without TLS.
	local := []string{"169.254.170.2", "169.254.170.23", "fd00:ec2::23", "127.0.0.1", "::1", "localhost"}
	if err != nil || u.Scheme != "https" && (u.Scheme != "http" || !slices.Contains(local, u.Hostname())) {
		return nil, errors.New("AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor an address of the node")
	}
	client, err := newEndpointClient("", directly)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) (awsKeys, time.Time, error) {
		h := http.Header{}
		if tokenFile != "" {
			token, err := readSecret(tokenFile)
			if err != nil {
				return awsKeys{}, time.Time{}, fmt.Errorf("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: %w", err)
			}
			h.Set("Authorization", token)
		}
		var c struct {
			AccessKeyID     string `json:"AccessKeyId"`
			SecretAccessKey string
			Token           string
			Expiration      time.Time
		}
		endpoint := "EKS Pod Identity agent at " + u.Host
		if err := getJSON(ctx, client, endpoint, address, h, &c); err != nil {
			return awsKeys{}, time.Time{}, err
		}
		if c.AccessKeyID == "" || c.SecretAccessKey == "" {
			return awsKeys{}, time.Time{}, errors.New(endpoint + " answers without credentials")
		}
		return awsKeys{c.AccessKeyID, c.SecretAccessKey, c.Token}, c.Expiration, nil
	}, nil
}

// sts is AWS' Security Token Service.
type sts struct {
	url, region string
	client      *http.Client
}

func newSTS(region string) (sts, error) {
	domain := "amazonaws.com"
	if strings.HasPrefix(region, "cn-") {
		domain += ".cn"
	}
	s := sts{url: cmp.Or(os.Getenv("AWS_ENDPOINT_URL_STS"), "https://sts."+region+"."+domain), region: region}
	if err := checkURL(s.url); err != nil {
		return s, errors.New("AWS_ENDPOINT_URL_STS is no URL, or region no part of one")
	}
	var err error
	s.client, err = newEndpointClient("", byProxy)
	return s, err
}

// assume asks for the credentials of a role, in a request that is signed if
// there are keys to do so.
func (s sts) assume(ctx context.Context, form url.Values, keys *awsKeys) (awsKeys, time.Time, error) {
	none := func(err error) (awsKeys, time.Time, error) { return awsKeys{}, time.Time{}, err }
	form.Set("Version", "2011-06-15")
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+"/", strings.NewReader(form.Encode()))
	if err != nil {
		return none(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if keys != nil {
		if err := signV4(req, *keys, s.region, "sts", time.Now()); err != nil {
			return none(err)
		}
	}
	endpoint := "AWS STS at " + s.url
	status, body, err := do(s.client, req)
	if err != nil {
		return none(fmt.Errorf("%s cannot be reached: %w", endpoint, err))
	}
	// Both actions answer alike, below elements that are named after them.
	var answer struct {
		Error  struct{ Code, Message string }
		Result []struct {
			Credentials struct {
				AccessKeyID     string `xml:"AccessKeyId"`
				SecretAccessKey string
				SessionToken    string
				Expiration      time.Time
			}
		} `xml:",any"`
	}
	parsed := xml.Unmarshal(body, &answer)
	if status != http.StatusOK {
		text := ""
		if parsed == nil && answer.Error.Code != "" {
			text = answer.Error.Code + ": " + answer.Error.Message
		}
		return none(&refusal{endpoint: endpoint, status: status, said: said(text, body, form.Get("WebIdentityToken"))})
	}
	for _, r := range answer.Result {
		if c := r.Credentials; parsed == nil && c.AccessKeyID != "" && c.SecretAccessKey != "" {
			return awsKeys{c.AccessKeyID, c.SecretAccessKey, c.SessionToken}, c.Expiration, nil
		}
	}
	return none(errors.New(endpoint + " answers without credentials"))
}

// do returns the status and the body, of which 64 KiB are read.
func do(client *http.Client, req *http.Request) (int, []byte, error) {
	resp, err := client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	return resp.StatusCode, body, err
}
