package plane

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
)

// The ports lie below the ephemeral ports of Linux (from 32768), so that no outgoing connection takes the port of a
// server while a test has it stopped.
const lowestPort, highestPort = 20000, 32000

var ports struct {
	sync.Mutex
	given map[int]bool
}

// freePort returns a port of 127.0.0.1 that nobody listens on and that this process has not given away yet.
func freePort() (int, error) {
	ports.Lock()
	defer ports.Unlock()
	if ports.given == nil {
		ports.given = map[int]bool{}
	}
	for range 1000 {
		port := lowestPort + rand.IntN(highestPort-lowestPort)
		if ports.given[port] {
			continue
		}
		l, err := net.Listen("tcp", address(port))
		if err != nil {
			continue
		}
		ports.given[port] = true
		return port, l.Close()
	}
	return 0, errors.New("no free port on loopback")
}

// freePorts fills the given ports.
func freePorts(into ...*int) error {
	for _, p := range into {
		port, err := freePort()
		if err != nil {
			return err
		}
		*p = port
	}
	return nil
}

func address(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }
