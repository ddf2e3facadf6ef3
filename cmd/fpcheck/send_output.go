package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
)

// outputFlags say what is printed of a response, and where it goes.
type outputFlags struct {
	headers, body, verbose, quiet bool
	print                         string
	pretty, silent, fail          bool
	file                          string
	download                      bool
}

// register adds the flags; fails is the default of --fail.
func (o *outputFlags) register(f *flag.FlagSet, fails bool) {
	f.BoolVar(&o.headers, "headers", false, "print the head of the response: --print h")
	f.BoolVar(&o.body, "body", false, "print the body of the response: --print b")
	f.BoolVar(&o.verbose, "verbose", false, "print HhBb, of redirects that were followed, too; what carries credentials is hidden")
	alias(f, "v", "verbose")
	f.BoolVar(&o.quiet, "quiet", false, "print nothing of the response")
	alias(f, "q", "quiet")
	f.StringVar(&o.print, "print", "", "`WHAT` to print: H and B are head and body of the request, h and b those of the response")
	alias(f, "p", "print")
	f.BoolVar(&o.pretty, "pretty", false, "indent JSON, as on a terminal")
	f.BoolVar(&o.silent, "silent", false, "tell nothing on stderr of requests that failed; the exit code does")
	alias(f, "s", "silent")
	f.BoolVar(&o.fail, "fail", fails, "a status of 400 or more is a failure, with exit code 3")
	f.StringVar(&o.file, "output", "", "`FILE` for the body, which appears when it is complete; - is stdout")
	alias(f, "o", "output")
	f.BoolVar(&o.download, "download", false, "save the body, in a file that the response or the URL names and that is not there yet, or in that of --output; print the head")
	alias(f, "O", "download")
}

// selection returns what is printed, of "HBhb". other is what counts without a flag that says it.
func (o *outputFlags) selection(lines bool, other string) (string, error) {
	var flags []string
	chosen := other
	for _, x := range []struct {
		name string
		set  bool
		what string
	}{
		{"--headers", o.headers, "h"}, {"--body", o.body, "b"}, {"--verbose", o.verbose, "HhBb"}, {"--quiet", o.quiet, ""},
		{"--print", o.print != "", o.print}, {"--json", lines, ""},
	} {
		if x.set {
			flags, chosen = append(flags, x.name), x.what
		}
	}
	switch {
	case len(flags) > 1:
		return "", fmt.Errorf("%s contradict each other", strings.Join(flags, " and "))
	case strings.Trim(o.print, "HBhb") != "":
		return "", fmt.Errorf("--print %q: it is made of H, B, h and b", o.print)
	case o.download && o.file == "-":
		return "", errors.New("--download saves a file, and --output - is none")
	}
	return chosen, nil
}

// terminal tells whether w is a device for people.
func terminal(w any) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
