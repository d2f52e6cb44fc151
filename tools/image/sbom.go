package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	spdxjson "github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdx"
	"github.com/spdx/tools-golang/spdx/v2/common"
	"github.com/spdx/tools-golang/spdxlib"
)

const noAssertion = "NOASSERTION"

// writeSBOM writes what the image of b consists of to path.
func writeSBOM(path string, b binary, r release) error {
	doc, err := sbom(b, r)
	if err != nil {
		return err
	}
	if err := spdxlib.ValidateDocument(doc); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	var out bytes.Buffer
	if err := spdxjson.Write(doc, &out, spdxjson.Indent("  "), spdxjson.EscapeHTML(false)); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, out.Bytes(), 0o644)
}

// sbom lists the image, the main module of its binary, every module that the
// binary links, the Go release whose standard library it links, and the certificate
// authorities. Build info does not say which module needs which, so all of them are
// dependencies of the main module.
func sbom(b binary, r release) (*spdx.Document, error) {
	roots, err := authoritiesVersion()
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(b.content)
	name := fmt.Sprintf("highwater-%s-%s-%s", r.version, b.os, b.arch)
	doc := &spdx.Document{
		SPDXVersion:    spdx.Version,
		DataLicense:    spdx.DataLicense,
		SPDXIdentifier: "DOCUMENT",
		DocumentName:   name,
		// Unique, as the specification asks: it ends in the checksum of the binary.
		DocumentNamespace: fmt.Sprintf("https://github.com/highwater-dev/highwater/sbom/%s-%x", name, sum),
		CreationInfo: &spdx.CreationInfo{
			Creators: []spdx.Creator{{CreatorType: "Tool", Creator: "highwater/tools/image"}},
			Created:  r.created.Format(time.RFC3339),
		},
	}
	relate := func(from spdx.ElementID, relationship string, to spdx.ElementID) {
		doc.Relationships = append(doc.Relationships, &spdx.Relationship{
			RefA: common.MakeDocElementID("", string(from)), RefB: common.MakeDocElementID("", string(to)), Relationship: relationship,
		})
	}
	add := func(id spdx.ElementID, p *spdx.Package) spdx.ElementID {
		p.PackageSPDXIdentifier, p.PackageDownloadLocation = id, noAssertion
		doc.Packages = append(doc.Packages, p)
		return id
	}

	image := add("Image", &spdx.Package{PackageName: "highwater", PackageVersion: r.version, PrimaryPackagePurpose: "CONTAINER"})
	relate("DOCUMENT", common.TypeRelationshipDescribe, image)
	main := add("Main", &spdx.Package{
		PackageName: b.info.Main.Path, PackageVersion: r.version, PrimaryPackagePurpose: "APPLICATION",
		PackageFileName:  "/highwater",
		PackageChecksums: []spdx.Checksum{{Algorithm: spdx.SHA256, Value: fmt.Sprintf("%x", sum)}},
	})
	relate(image, common.TypeRelationshipContains, main)
	std := add("Std", golang("stdlib", strings.TrimPrefix(b.info.GoVersion, "go")))
	relate(main, common.TypeRelationshipDependsOn, std)
	for i, m := range b.info.Deps {
		id := add(spdx.ElementID(fmt.Sprintf("Module-%d", i+1)), module(m))
		relate(main, common.TypeRelationshipDependsOn, id)
	}
	certificates := golang(authoritiesModule, roots)
	certificates.PackageFileName = "/etc/ssl/certs/ca-certificates.crt"
	relate(image, common.TypeRelationshipContains, add("Authorities", certificates))
	return doc, nil
}

// module returns the package of a module, or of what replaces it.
func module(m *debug.Module) *spdx.Package {
	if m.Replace == nil {
		return golang(m.Path, m.Version)
	}
	if m.Replace.Version != "" && m.Replace.Version != "(devel)" {
		return golang(m.Replace.Path, m.Replace.Version)
	}
	// A folder stands in for it: no package of this name and version is linked, so
	// it gets no identifier by which a scanner would look for its faults.
	return &spdx.Package{
		PackageName: m.Path, PrimaryPackagePurpose: "LIBRARY",
		PackageComment: fmt.Sprintf("replaced by %s of the main module", m.Replace.Path),
	}
}

// golang returns the package of a Go module, with the package URL that scanners know
// it by, which is in lower case by its specification.
func golang(path, version string) *spdx.Package {
	return &spdx.Package{
		PackageName: path, PackageVersion: version, PrimaryPackagePurpose: "LIBRARY",
		PackageExternalReferences: []*spdx.PackageExternalReference{{
			Category: common.CategoryPackageManager,
			RefType:  common.TypePackageManagerPURL,
			Locator:  fmt.Sprintf("pkg:golang/%s@%s", strings.ToLower(path), strings.ReplaceAll(version, "+", "%2B")),
		}},
	}
}
