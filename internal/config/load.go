package config

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"github.com/highwater-dev/highwater/internal/strictyaml"
)

// EnvPrefix begins the names of environment variables: --prometheus-url is
// HIGHWATER_PROMETHEUS_URL.
const EnvPrefix = "HIGHWATER_"

// Load completes c, which flags are bound to: what a flag sets wins over the
// environment, that over the file, and that over the defaults. The path of the
// file is that of a flag; HIGHWATER_CONFIG says it if it is empty.
func (c *Config) Load(flags *pflag.FlagSet, path string) error {
	if path == "" {
		path = os.Getenv(EnvPrefix + "CONFIG")
	}
	type given struct {
		f     *pflag.Flag
		value string
		list  []string
	}
	var set []given
	flags.VisitAll(func(f *pflag.Flag) {
		if !f.Changed {
			return
		}
		g := given{f: f, value: f.Value.String()}
		if l, ok := f.Value.(pflag.SliceValue); ok {
			g.list = l.GetSlice()
		}
		set = append(set, g)
	})
	headers, params := c.Prometheus.Headers, c.Prometheus.Params // which Set would add to
	fresh := Default()
	if path != "" {
		if err := fresh.read(path); err != nil {
			return err
		}
	}
	*c = fresh
	var err error
	flags.VisitAll(func(f *pflag.Flag) {
		name := EnvPrefix + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		if v, ok := os.LookupEnv(name); ok && !f.Changed && err == nil && f.Name != "config" && f.Name != "help" {
			if e := f.Value.Set(v); e != nil {
				err = fmt.Errorf("environment variable %s: %w", shown(name, v, f), e)
			}
		}
	})
	if err != nil {
		return err
	}
	for _, g := range set {
		switch l, ok := g.f.Value.(pflag.SliceValue); {
		case g.f.Name == "prometheus-header":
			c.Prometheus.Headers = headers
		case g.f.Name == "prometheus-param":
			c.Prometheus.Params = params
		case ok:
			err = l.Replace(g.list)
		default:
			err = g.f.Value.Set(g.value)
		}
		if err != nil {
			return fmt.Errorf("flag --%s: %w", g.f.Name, err)
		}
	}
	return nil
}

// shown is a variable with its value, but for sections: one may hold a secret that
// belongs into a file.
func shown(name, value string, f *pflag.Flag) string {
	if f.Value.Type() == sectionType {
		return name
	}
	return fmt.Sprintf("%s=%q", name, value)
}

// read lays the file over c. A key that is not known is an error.
func (c *Config) read(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	if err := strictyaml.Unmarshal(data, c); err != nil {
		return fmt.Errorf("configuration %s: %w", path, err)
	}
	return nil
}
