package main

import (
	"fmt"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// user is whom the chart runs it as, too. It is a number, so that Kubernetes can tell
// that it is not root.
const user = "65532:65532"

// imageIndex returns the image for the platforms of all binaries.
func imageIndex(binaries []binary, r release) (v1.ImageIndex, error) {
	base, err := baseLayer(r.created)
	if err != nil {
		return nil, err
	}
	var images []mutate.IndexAddendum
	for _, b := range binaries {
		img, err := image(b, base, r)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", b.path, err)
		}
		images = append(images, mutate.IndexAddendum{
			Add:        img,
			Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: b.os, Architecture: b.arch}},
		})
	}
	index := mutate.AppendManifests(empty.Index, images...)
	return mutate.Annotations(index, r.labels()).(v1.ImageIndex), nil
}

// image returns the image for the platform of b.
func image(b binary, base v1.Layer, r release) (v1.Image, error) {
	top, err := newLayer(r.created, file{name: "highwater", mode: 0o755, body: b.content})
	if err != nil {
		return nil, err
	}
	created := v1.Time{Time: r.created}
	img := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	img, err = mutate.Append(img,
		mutate.Addendum{Layer: base, History: v1.History{Created: created, CreatedBy: "certificate authorities, user"}},
		mutate.Addendum{Layer: top, History: v1.History{Created: created, CreatedBy: "highwater " + r.version}})
	if err != nil {
		return nil, err
	}
	config, err := img.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.OS, config.Architecture, config.Created = b.os, b.arch, created
	config.Config = v1.Config{
		User:         user,
		WorkingDir:   "/",
		Entrypoint:   []string{"/highwater"},
		Cmd:          []string{"serve"},
		ExposedPorts: map[string]struct{}{"8080/tcp": {}},
		Labels:       r.labels(),
	}
	if img, err = mutate.ConfigFile(img, config); err != nil {
		return nil, err
	}
	return mutate.Annotations(img, r.labels()).(v1.Image), nil
}

// baseLayer returns what the binary needs around it. Time zones are within the binary.
func baseLayer(at time.Time) (v1.Layer, error) {
	return newLayer(at,
		file{name: "etc/", mode: 0o755},
		file{name: "etc/group", mode: 0o644, body: []byte("root:x:0:\nhighwater:x:65532:\n")},
		file{name: "etc/passwd", mode: 0o644, body: []byte("root:x:0:0:root:/:/sbin/nologin\nhighwater:x:65532:65532:highwater:/:/sbin/nologin\n")},
		file{name: "etc/ssl/", mode: 0o755},
		file{name: "etc/ssl/certs/", mode: 0o755},
		file{name: "etc/ssl/certs/ca-certificates.crt", mode: 0o644, body: authorities()},
		file{name: "tmp/", mode: 0o1777},
	)
}

// labels are the annotations of the OCI image specification that say what an image is.
func (r release) labels() map[string]string {
	labels := map[string]string{
		"org.opencontainers.image.title":         "highwater",
		"org.opencontainers.image.description":   "Raises the minReplicas of HorizontalPodAutoscalers before predicted peaks.",
		"org.opencontainers.image.source":        "https://github.com/highwater-dev/highwater",
		"org.opencontainers.image.documentation": "https://github.com/highwater-dev/highwater/tree/main/docs",
		"org.opencontainers.image.licenses":      "Apache-2.0",
		"org.opencontainers.image.version":       r.version,
		"org.opencontainers.image.created":       r.created.Format(time.RFC3339),
	}
	if r.revision != "" {
		labels["org.opencontainers.image.revision"] = r.revision
	}
	return labels
}
