package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
)

func TestBadInputIsNamed(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	linux := filepath.Join(dir, "linux")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", linux, write("main.go", "package main\n\nfunc main() {}\n"))
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+runtime.GOARCH)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	text := write("README", "no binary")
	folder := filepath.Dir(write("precious/letter", "keep me"))
	out := filepath.Join(dir, "oci")

	f := func(epoch, want string, args ...string) {
		t.Helper()
		err := run(append([]string{"--sbom", filepath.Join(dir, "sbom"), "--version", "v1.2.3"}, args...), epoch, io.Discard)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q, SOURCE_DATE_EPOCH=%q: %v; want %q", args, epoch, err, want)
		}
	}
	f("", "a binary are needed", "--out", out)
	f("yesterday", `SOURCE_DATE_EPOCH is "yesterday", not a number of seconds`, "--out", out, linux)
	f("", text, "--out", out, text)
	f("", "both for linux/"+runtime.GOARCH, "--out", out, linux, linux)
	f("", folder+" holds something other than an OCI layout", "--out", folder, linux)
	if _, err := os.Stat(filepath.Join(folder, "letter")); err != nil {
		t.Error(err)
	}
}

func TestOnlyStaticLinuxBinariesAreTaken(t *testing.T) {
	f := func(goos, cgo, want string) {
		t.Helper()
		_, _, err := platform([]debug.BuildSetting{{Key: "GOARCH", Value: "arm64"}, {Key: "GOOS", Value: goos}, {Key: "CGO_ENABLED", Value: cgo}})
		if got := fmt.Sprint(err); got != want {
			t.Errorf("%s, cgo %s: %s; want %s", goos, cgo, got, want)
		}
	}
	f("linux", "0", "<nil>")
	f("darwin", "0", "built for darwin/arm64: the image is for Linux")
	f("linux", "1", "built with CGO_ENABLED=1: the image has no C library")
}
