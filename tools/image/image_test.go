package main

import (
	"bytes"
	"crypto/x509"
	"debug/elf"
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

const (
	version = "v1.2.3-test"
	epoch   = 1_790_000_000
)

// TestTheImageRunsAndIsTheSameTwice makes the image twice, as `make image` does, and looks
// at what is in it.
func TestTheImageRunsAndIsTheSameTwice(t *testing.T) {
	out, again := t.TempDir(), t.TempDir()
	runMake(t, "image", "IMAGE="+out, "VERSION="+version)
	index := readIndex(t, out)
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	if manifest.MediaType != types.OCIImageIndex {
		t.Errorf("the index is of type %s", manifest.MediaType)
	}
	checkLabels(t, "the index", manifest.Annotations)
	machines := map[string]elf.Machine{"linux/amd64": elf.EM_X86_64, "linux/arm64": elf.EM_AARCH64}
	if len(manifest.Manifests) != len(machines) {
		t.Errorf("the index has %d images, not one for each of %v", len(manifest.Manifests), machines)
	}
	for _, d := range manifest.Manifests {
		platform := d.Platform.String()
		t.Run(platform, func(t *testing.T) {
			img, err := index.Image(d.Digest)
			if err != nil {
				t.Fatal(err)
			}
			checkConfig(t, img, platform)
			root := filepath.Join(t.TempDir(), "root")
			unpack(t, img, root)
			checkFiles(t, root, machines[platform])
			if platform == "linux/"+runtime.GOARCH {
				checkRuns(t, root)
			}
			sbom := filepath.Join(out, "sbom", strings.ReplaceAll(platform, "/", "-")+".spdx.json")
			checkSBOM(t, sbom, filepath.Join(root, "highwater"))
		})
	}

	t.Run("pushed", func(t *testing.T) { checkPush(t, out, index) })

	runMake(t, "image", "IMAGE="+again, "VERSION="+version)
	first, err := index.Digest()
	if err != nil {
		t.Fatal(err)
	}
	if second, err := readIndex(t, again).Digest(); err != nil || second != first {
		t.Errorf("the image is %s, and made again %s (%v)", first, second, err)
	}
	for _, arch := range []string{"amd64", "arm64"} {
		path := filepath.Join("sbom", "linux-"+arch+".spdx.json")
		if a, b := read(t, filepath.Join(out, path)), read(t, filepath.Join(again, path)); !bytes.Equal(a, b) {
			t.Errorf("%s differs when it is made again", path)
		}
	}
}

// runMake runs make in the repository's root.
func runMake(t *testing.T, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "make", append([]string{"-C", "../.."}, args...)...)
	cmd.Env = append(os.Environ(), "SOURCE_DATE_EPOCH="+strconv.Itoa(epoch))
	begin := time.Now()
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("make %s: %v\n%s", strings.Join(args, " "), err, text)
	}
	t.Logf("make %s took %.1f s", args[0], time.Since(begin).Seconds())
}

// readIndex returns the one image that the layout within out names.
func readIndex(t *testing.T, out string) v1.ImageIndex {
	t.Helper()
	all, err := layout.ImageIndexFromPath(filepath.Join(out, "oci"))
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := all.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	if len(manifest.Manifests) != 1 || manifest.Manifests[0].Annotations["org.opencontainers.image.ref.name"] != version {
		t.Fatalf("the layout names %+v, not just %s", manifest.Manifests, version)
	}
	index, err := all.ImageIndex(manifest.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	return index
}

func checkLabels(t *testing.T, of string, labels map[string]string) {
	t.Helper()
	head, err := exec.CommandContext(t.Context(), "git", "rev-parse", "HEAD").Output()
	if err != nil {
		t.Fatal(err)
	}
	for label, want := range map[string]string{
		"title":    "highwater",
		"version":  version,
		"revision": strings.TrimSpace(string(head)),
		"created":  time.Unix(epoch, 0).UTC().Format(time.RFC3339),
		"licenses": "Apache-2.0",
		"source":   "https://github.com/highwater-dev/highwater",
	} {
		if got := labels["org.opencontainers.image."+label]; got != want {
			t.Errorf("%s: label %s is %q, want %q", of, label, got, want)
		}
	}
}

func checkConfig(t *testing.T, img v1.Image, platform string) {
	t.Helper()
	manifest, err := img.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	if manifest.MediaType != types.OCIManifestSchema1 || manifest.Config.MediaType != types.OCIConfigJSON {
		t.Errorf("the manifest is of type %s, its config of %s", manifest.MediaType, manifest.Config.MediaType)
	}
	for _, l := range manifest.Layers {
		if l.MediaType != types.OCILayer {
			t.Errorf("a layer is of type %s", l.MediaType)
		}
	}
	config, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if got := config.Platform().String(); got != platform {
		t.Errorf("the config is for %s, the index says %s", got, platform)
	}
	if c := config.Config; c.User != "65532:65532" || !slices.Equal(c.Entrypoint, []string{"/highwater"}) || !slices.Equal(c.Cmd, []string{"serve"}) {
		t.Errorf("user %q, entry point %q, command %q", c.User, c.Entrypoint, c.Cmd)
	}
	checkLabels(t, "the config", config.Config.Labels)
	checkLabels(t, "the manifest", manifest.Annotations)
	if n := len(config.RootFS.DiffIDs); n != len(manifest.Layers) || n != len(config.History) {
		t.Errorf("%d layers, %d uncompressed, a history of %d", len(manifest.Layers), n, len(config.History))
	}
	if want := time.Unix(epoch, 0); !config.Created.Equal(want) {
		t.Errorf("created %s, want %s", config.Created, want)
	}
}

// checkFiles holds the root file system to what belongs there.
func checkFiles(t *testing.T, root string, machine elf.Machine) {
	t.Helper()
	var got []string
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(root, path)
		got = append(got, rel)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"etc/group", "etc/passwd", "etc/ssl/certs/ca-certificates.crt", "highwater"}; !slices.Equal(got, want) {
		t.Errorf("the image holds %q, want %q", got, want)
	}
	pool := x509.NewCertPool()
	certificates := read(t, filepath.Join(root, "etc/ssl/certs/ca-certificates.crt"))
	if n := bytes.Count(certificates, []byte("BEGIN CERTIFICATE")); n < 100 || !pool.AppendCertsFromPEM(certificates) {
		t.Errorf("%d certificate authorities", n)
	}
	binary, err := elf.Open(filepath.Join(root, "highwater"))
	if err != nil {
		t.Fatal(err)
	}
	defer binary.Close()
	if binary.Machine != machine {
		t.Errorf("the binary is for %s, want %s", binary.Machine, machine)
	}
	if libraries, err := binary.ImportedLibraries(); err != nil || len(libraries) > 0 {
		t.Errorf("the binary is linked to %q (%v)", libraries, err)
	}
}

// checkRuns runs the binary with root as its whole file system and as the image's user; the
// kernel lets only root do that, so others run it where it lies.
func checkRuns(t *testing.T, root string) {
	t.Helper()
	for args, want := range map[string]string{
		"version":      "highwater " + version + ", controller build,",
		"serve --help": "--prometheus-url",
	} {
		cmd := exec.CommandContext(t.Context(), filepath.Join(root, "highwater"), strings.Fields(args)...)
		if os.Geteuid() == 0 {
			cmd.Path, cmd.Dir = "/highwater", "/"
			cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: 65532, Gid: 65532}}
		}
		if text, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(text), want) {
			t.Errorf("highwater %s: %v, %q; want %q", args, err, text, want)
		}
	}
}

// checkPush pushes the image to a registry, as `make push` does, and asks it for the digest.
func checkPush(t *testing.T, out string, index v1.ImageIndex) {
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	defer server.Close()
	to := fmt.Sprintf("%s/highwater:%s", strings.TrimPrefix(server.URL, "http://"), version)
	runMake(t, "push", "IMAGE="+out, "TO="+to)
	ref, err := name.ParseReference(to)
	if err != nil {
		t.Fatal(err)
	}
	pushed, err := remote.Index(ref, remote.WithContext(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	want, err := index.Digest()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := pushed.Digest(); err != nil || got != want {
		t.Errorf("the registry has %s (%v), want %s", got, err, want)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}
