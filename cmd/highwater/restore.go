package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"

	"github.com/highwater-dev/highwater/actuator"
	"github.com/highwater-dev/highwater/internal/config"
)

func restoreCommand() *cobra.Command {
	var k config.Kubernetes
	var o actuator.RestoreOptions
	var all bool
	cmd := &cobra.Command{
		Use:   "restore (--all | --expired | NAMESPACE/NAME)",
		Short: "Give floors back: every object as it was before Highwater",
		Long: "Sets minReplicas, or a ScaledObject's minReplicaCount, back to the baseline and removes the lease, at once. Where somebody else has changed\n" +
			"it since, only the lease is removed. CapacityBuffers that Highwater has made are removed. Needs no running Highwater and no Prometheus.",
		Example: "  highwater restore --all --dry-run\n  highwater restore shop/web\n  highwater restore --expired",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				ns, name, ok := strings.Cut(args[0], "/")
				if !ok || ns == "" || name == "" || strings.Contains(name, "/") {
					return fmt.Errorf("%q: want NAMESPACE/NAME of a HorizontalPodAutoscaler or a ScaledObject", args[0])
				}
				if o.Namespace != "" && o.Namespace != ns {
					return fmt.Errorf("--namespace %s and %s: they name two namespaces; leave out --namespace", o.Namespace, args[0])
				}
				o.Namespace, o.Name = ns, name
			}
			if (len(args) == 1) == (all || o.Expired) || all && o.Expired {
				return fmt.Errorf("say what to restore: exactly one of --all, --expired, or NAMESPACE/NAME")
			}
			clients, err := restoreClients(k)
			if err != nil {
				return err
			}
			restored, err := actuator.Restore(cmd.Context(), clients, o)
			if err != nil && len(restored) == 0 {
				return err // whether there is anything to restore is not known
			}
			for _, r := range restored {
				if r.Note != "" {
					fmt.Fprintln(cmd.ErrOrStderr(), r.String())
				}
			}
			return errors.Join(err, printRestored(cmd.OutOrStdout(), restored))
		},
	}
	f := cmd.Flags()
	f.StringVar(&k.Kubeconfig, "kubeconfig", "", "kubeconfig file; the pod's service account if empty and in a cluster")
	f.StringVar(&k.Context, "context", "", "context of the kubeconfig")
	f.StringVarP(&o.Namespace, "namespace", "n", "", "only this namespace")
	f.BoolVar(&all, "all", false, "every object that carries a lease")
	f.BoolVar(&o.Expired, "expired", false, "only leases that have run out")
	f.BoolVar(&k.KEDA, "keda", true, "of KEDA's ScaledObjects, too")
	f.BoolVar(&k.NodeHeadroom, "node-headroom", true, "remove the CapacityBuffers that Highwater has made, too")
	f.BoolVar(&o.DryRun, "dry-run", false, "only tell what would be done")
	return cmd
}

// restoreClients reach what carries floors.
func restoreClients(k config.Kubernetes) (c actuator.Clients, err error) {
	restConfig, _, err := k.Connect(version())
	if err != nil {
		return c, err
	}
	c.Kubernetes, err = kubernetes.NewForConfig(restConfig)
	if err != nil {
		return c, fmt.Errorf("kubernetes: %w", err)
	}
	dyn, err := dynamic.NewForConfig(restConfig)
	if err != nil {
		return c, fmt.Errorf("kubernetes: %w", err)
	}
	if k.KEDA {
		c.Dynamic = dyn
	}
	if k.NodeHeadroom {
		c.Buffers = dyn
	}
	return c, nil
}

func printRestored(out io.Writer, list []actuator.Restored) error {
	if len(list) == 0 {
		_, err := fmt.Fprintln(out, "nothing to restore")
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAMESPACE\tNAME\tFROM\tTO\tOUTCOME\tKIND")
	for _, r := range list {
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\t%s\n", r.Namespace, r.Name, r.From, r.After(), r.Outcome, r.Kind)
	}
	return w.Flush()
}
