package main

import (
	"flag"
	"fmt"
	"strings"

	"github.com/wirelike/wirelike/profiles"
)

// customFlags change the browser that requests are sent as.
type customFlags struct {
	ja3, akamai, order string
	extra              stringList
}

func (c *customFlags) register(f *flag.FlagSet) {
	f.StringVar(&c.ja3, "ja3", "", "`TEXT` of a JA3 that the hello is to have; the rest of it is the profile's")
	f.StringVar(&c.akamai, "akamai", "", "`TEXT` of an Akamai fingerprint that the HTTP/2 connection is to have")
	f.Var(&c.extra, "extra", "`KEY=VALUE` of what else is to be otherwise, such as tls_grease=false; may be repeated")
	f.StringVar(&c.order, "header-order", "", "`NAMES` of the fields that come first, separated by commas")
}

// override returns what the flags say, nil for nothing.
func (c *customFlags) override() (*profiles.Override, error) {
	o, seen := &profiles.Override{}, map[string]bool{}
	set := func(name, value string) error {
		if seen[name] {
			return fmt.Errorf("%s is given twice", name)
		}
		seen[name] = true
		return o.Set(name, value)
	}
	for _, x := range []struct{ name, value string }{{"ja3", c.ja3}, {"akamai", c.akamai}, {"header_order", c.order}} {
		if x.value == "" {
			continue
		}
		if err := set(x.name, x.value); err != nil {
			return nil, err
		}
	}
	for _, x := range c.extra {
		name, value, ok := strings.Cut(x, "=")
		if !ok {
			return nil, fmt.Errorf("--extra %q: write KEY=VALUE", x)
		}
		if err := set(name, value); err != nil {
			return nil, fmt.Errorf("--extra: %w", err)
		}
	}
	if len(seen) == 0 {
		return nil, nil
	}
	return o, nil
}

// warn prints where the wire may differ from what the flags say.
func (c *customFlags) warn(p *printer) {
	o, err := c.override()
	if o == nil || err != nil {
		return
	}
	for _, w := range o.Warnings() {
		p.tell("warning: %s", w)
	}
}
