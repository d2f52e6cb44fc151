//go:build !linux

package plane

import "syscall"

// dieWithParent does nothing where the kernel has no parent-death signal: a killed test binary leaves its children.
func dieWithParent() *syscall.SysProcAttr { return nil }
