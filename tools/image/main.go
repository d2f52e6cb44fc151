// Command image makes an OCI image of Go binaries, one for each platform, without
// Docker, and an SBOM of each:
//
//	image --out bin/image/oci --sbom bin/image/sbom --version v1.2.3 linux-amd64/highwater linux-arm64/highwater
//
// The platform and the modules of a binary are what its own build info says. The
// image holds the binary, the certificate authorities that Mozilla trusts, the
// user that it runs as, and nothing else that runs. The same binaries give the
// same digest: every time in it is SOURCE_DATE_EPOCH, or 1970 where that is not
// set.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
)

func main() {
	if err := run(os.Args[1:], os.Getenv("SOURCE_DATE_EPOCH"), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

// A release is what an image says of where it comes from.
type release struct {
	version  string
	revision string // the commit; "" if it is not known
	created  time.Time
}

func run(args []string, epoch string, stdout io.Writer) error {
	var r release
	flags := flag.NewFlagSet("image", flag.ContinueOnError)
	out := flags.String("out", "", "the OCI layout to write; one that is there is replaced")
	sboms := flags.String("sbom", "", "the folder for an SBOM of each binary, as SPDX 2.3 in JSON")
	flags.StringVar(&r.version, "version", "", "the release, for labels and SBOMs")
	flags.StringVar(&r.revision, "revision", "", "the commit, for labels")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *out == "" || *sboms == "" || r.version == "" || flags.NArg() == 0 {
		return errors.New("--out, --sbom, --version and a binary are needed")
	}
	seconds, err := strconv.ParseInt(epoch, 10, 64)
	if epoch != "" && err != nil {
		return fmt.Errorf("SOURCE_DATE_EPOCH is %q, not a number of seconds", epoch)
	}
	r.created = time.Unix(seconds, 0).UTC()

	binaries, err := readBinaries(flags.Args())
	if err != nil {
		return err
	}
	if err := makeRoom(*out); err != nil {
		return err
	}
	for _, b := range binaries {
		path := filepath.Join(*sboms, b.os+"-"+b.arch+".spdx.json")
		if err := writeSBOM(path, b, r); err != nil {
			return err
		}
	}
	index, err := imageIndex(binaries, r)
	if err != nil {
		return err
	}
	path, err := layout.Write(*out, empty.Index)
	if err != nil {
		return err
	}
	// The annotation is the name under which tools find the image in a layout.
	if err := path.AppendIndex(index, layout.WithAnnotations(map[string]string{"org.opencontainers.image.ref.name": r.version})); err != nil {
		return err
	}
	digest, err := index.Digest()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "%s@%s\n", *out, digest)
	return err
}

// makeRoom removes the OCI layout at path. It leaves alone what is no layout, so
// that a mistyped path does no harm.
func makeRoom(path string) error {
	entries, err := os.ReadDir(path)
	if errors.Is(err, os.ErrNotExist) || err == nil && len(entries) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(path, "oci-layout")); err != nil {
		return fmt.Errorf("%s holds something other than an OCI layout, which --out would replace", path)
	}
	return os.RemoveAll(path)
}
