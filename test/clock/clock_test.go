package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/highwater-dev/highwater/internal/house"
)

// realTime asks a program that is not Go's.
func realTime(t *testing.T) time.Time {
	t.Helper()
	out, err := exec.Command("date", "+%s").Output()
	if err != nil {
		t.Skipf("date: %v", err)
	}
	seconds, err := strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return time.Unix(seconds, 0)
}

// With the overlay the clock is off by what was asked for, and shows the time of
// day that make test-at was given; without it it is right.
func TestTheClockIsOffByWhatWasAskedFor(t *testing.T) {
	want := time.Duration(0)
	if text := os.Getenv(offsetVariable); text != "" {
		seconds, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		want = time.Duration(seconds) * time.Second
	}
	if off := time.Now().Round(0).Sub(realTime(t)); (off - want).Abs() > 5*time.Second {
		t.Fatalf("the clock is off by %s, want %s: was it built with the overlay?", off, want)
	}
	if at := os.Getenv("HIGHWATER_TEST_CLOCK_AT"); at != "" {
		clock, err := time.Parse("15:04", at)
		if err != nil {
			t.Fatal(err)
		}
		now := time.Now().UTC()
		begun := time.Date(now.Year(), now.Month(), now.Day(), clock.Hour(), clock.Minute(), 0, 0, time.UTC)
		since := now.Sub(begun) + time.Second // offsets are whole seconds
		if since < 0 {
			since += 24 * time.Hour
		}
		if since > 90*time.Minute {
			t.Errorf("it is %s, and the tests began at %s", now, at)
		}
	}
}

func TestWhatElapsesIsNotOff(t *testing.T) {
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	<-ctx.Done()
	if took := time.Since(began); took < 20*time.Millisecond || took > 10*time.Second {
		t.Errorf("30 ms took %s", took)
	}
}

// Certificates that are valid for a minute around the present are accepted.
func TestCertificatesFollowTheClock(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(time.Minute),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, &c, &c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	s.StartTLS()
	defer s.Close()
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	resp, err := client.Get(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
}

// The edits fit the release of Go that the project is built with, and one that
// they do not fit is refused.
func TestTheOverlayIsMadeFromTheSourceThatItKnows(t *testing.T) {
	overlay, err := writeOverlay(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var o struct{ Replace map[string]string }
	data, err := os.ReadFile(overlay)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &o); err != nil {
		t.Fatal(err)
	}
	for original, copied := range o.Replace {
		source, err := os.ReadFile(copied)
		if err != nil || !strings.HasSuffix(original, filepath.Join("time", "time.go")) || !strings.Contains(string(source), offsetVariable) {
			t.Errorf("%s is replaced by %s: %v", original, copied, err)
		}
	}
	if _, err := shifted("package time\n\nfunc Now() Time {\n\treturn Time{}\n}\n"); err == nil {
		t.Error("a source that is not known is no error")
	}
}

func TestOffsetsReachTheTimeOfTheSameDay(t *testing.T) {
	for _, now := range house.Moments(t) {
		for _, at := range []string{"00:00", "03:00", "12:34", "23:59"} {
			seconds, err := offset(now, at)
			if err != nil {
				t.Fatal(err)
			}
			then := now.Add(time.Duration(seconds) * time.Second).UTC()
			if then.Format("15:04") != at || then.YearDay() != now.UTC().YearDay() {
				t.Fatalf("from %s to %s are %d s, which is %s", now.UTC(), at, seconds, then)
			}
		}
	}
	if _, err := offset(time.Now(), "9 pm"); err == nil {
		t.Error("9 pm is taken for a time")
	}
}
