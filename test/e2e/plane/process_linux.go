package plane

import "syscall"

// dieWithParent makes the kernel kill the child when the test binary ends in any way, also by SIGKILL or a panic.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
