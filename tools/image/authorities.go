package main

import (
	"bytes"
	"encoding/pem"
	"errors"
	"runtime/debug"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// authoritiesModule is the module that the certificate authorities are from.
const authoritiesModule = "golang.org/x/crypto/x509roots/fallback"

// authorities returns the certificate authorities that Mozilla trusts, as PEM. It
// leaves out those that are trusted only up to some date of issue, which PEM
// cannot say.
func authorities() []byte {
	var out bytes.Buffer
	for root := range bundle.Roots() {
		if root.Constraint == nil {
			out.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}))
		}
	}
	return out.Bytes()
}

// authoritiesVersion returns the version of authoritiesModule within this program.
func authoritiesVersion() (string, error) {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == authoritiesModule {
				return m.Version, nil
			}
		}
	}
	return "", errors.New("the build info of this program does not name " + authoritiesModule)
}
