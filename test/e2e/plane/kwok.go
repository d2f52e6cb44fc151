package plane

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"strings"
)

// stages is the life of nodes and pods as kwok plays it.
//
//go:embed stages.yaml
var stages string

// startKwok starts the stand-in for the kubelets of all nodes.
func (p *Plane) startKwok() (ready func(context.Context) error, err error) {
	var port int
	if err := freePorts(&port); err != nil {
		return nil, err
	}
	after := p.opts.PodReadyAfter.Milliseconds()
	config := strings.NewReplacer(
		"READY_AFTER", fmt.Sprint(after),
		"READY_AT_MOST", fmt.Sprint(after+p.opts.PodReadyJitter.Milliseconds()),
	).Replace(stages)
	if err := os.WriteFile(p.file("stages.yaml"), []byte(config), 0o600); err != nil {
		return nil, err
	}
	p.kwok = &process{name: "kwok", dir: p.dir, args: []string{
		"--kubeconfig=" + p.file("kwok.kubeconfig"),
		"--config=" + p.file("stages.yaml"),
		"--manage-all-nodes=true",
		"--node-ip=127.0.0.1",
		"--cidr=10.128.0.0/9",
		"--node-lease-duration-seconds=40", // else the node controller takes the nodes for dead
		"--server-address=" + address(port),
	}}
	return p.kwok.startProbed(fmt.Sprintf("http://%s/healthz", address(port)))
}
