package main

import (
	"debug/buildinfo"
	"fmt"
	"os"
	"runtime/debug"
)

// A binary is a static Go binary for Linux.
type binary struct {
	path     string
	content  []byte
	os, arch string
	info     *buildinfo.BuildInfo
}

// readBinaries reads the binaries at paths, each of which is for a platform of its own.
func readBinaries(paths []string) ([]binary, error) {
	var list []binary
	seen := map[string]string{}
	for _, path := range paths {
		b, err := readBinary(path)
		if err != nil {
			return nil, err
		}
		if other, ok := seen[b.arch]; ok {
			return nil, fmt.Errorf("%s and %s are both for %s/%s: an image holds one binary for each platform", other, path, b.os, b.arch)
		}
		seen[b.arch] = path
		list = append(list, b)
	}
	return list, nil
}

func readBinary(path string) (binary, error) {
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return binary{}, fmt.Errorf("%s: %w", path, err)
	}
	b := binary{path: path, info: info}
	if b.os, b.arch, err = platform(info.Settings); err != nil {
		return binary{}, fmt.Errorf("%s: %w", path, err)
	}
	b.content, err = os.ReadFile(path)
	return b, err
}

// platform returns what a binary with these settings is built for, if it runs in an image
// that holds nothing else.
func platform(settings []debug.BuildSetting) (goos, arch string, err error) {
	value := map[string]string{}
	for _, s := range settings {
		value[s.Key] = s.Value
	}
	goos, arch = value["GOOS"], value["GOARCH"]
	if goos != "linux" {
		return "", "", fmt.Errorf("built for %s/%s: the image is for Linux", goos, arch)
	}
	if value["CGO_ENABLED"] != "0" {
		return "", "", fmt.Errorf("built with CGO_ENABLED=%s: the image has no C library", value["CGO_ENABLED"])
	}
	return goos, arch, nil
}
