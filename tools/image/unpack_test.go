package main

import (
	"archive/tar"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// unpack writes the layers of img into root, as a container runtime does, and holds
// each entry to root's ownership and the one time.
func unpack(t *testing.T, img v1.Image, root string) {
	t.Helper()
	if err := os.Mkdir(root, 0o755); err != nil {
		t.Fatal(err)
	}
	layers, err := img.Layers()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range layers {
		content, err := l.Uncompressed()
		if err != nil {
			t.Fatal(err)
		}
		defer content.Close()
		for r := tar.NewReader(content); ; {
			h, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if h.Uid != 0 || h.Gid != 0 || !h.ModTime.Equal(time.Unix(epoch, 0)) {
				t.Errorf("%s is of user %d, group %d, modified at %s", h.Name, h.Uid, h.Gid, h.ModTime)
			}
			if err := unpackEntry(filepath.Join(root, h.Name), h, r); err != nil {
				t.Fatalf("%s: %v", h.Name, err)
			}
		}
	}
}

func unpackEntry(path string, h *tar.Header, content io.Reader) error {
	mode := h.FileInfo().Mode()
	switch h.Typeflag {
	case tar.TypeDir:
		if err := os.Mkdir(path, mode.Perm()); err != nil {
			return err
		}
		return os.Chmod(path, mode)
	case tar.TypeReg:
		f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode.Perm())
		if err != nil {
			return err
		}
		_, err = io.Copy(f, content)
		return errors.Join(err, f.Close(), os.Chmod(path, mode))
	}
	return errors.New("neither a file nor a folder")
}
