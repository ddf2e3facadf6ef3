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
	for _, name := range []string{"v", "verbose"} {
		f.BoolVar(&o.verbose, name, false, "print HhBb, of redirects that were followed, too; what carries credentials is hidden")
	}
	for _, name := range []string{"q", "quiet"} {
		f.BoolVar(&o.quiet, name, false, "print nothing of the response")
	}
	for _, name := range []string{"p", "print"} {
		f.StringVar(&o.print, name, "", "`WHAT` to print: H and B are head and body of the request, h and b those of the response")
	}
	f.BoolVar(&o.pretty, "pretty", false, "indent JSON, as on a terminal")
	for _, name := range []string{"s", "silent"} {
		f.BoolVar(&o.silent, name, false, "tell nothing on stderr of requests that failed; the exit code does")
	}
	f.BoolVar(&o.fail, "fail", fails, "a status of 400 or more is a failure, with exit code 3")
	for _, name := range []string{"o", "output"} {
		f.StringVar(&o.file, name, "", "`FILE` for the body, which appears when it is complete; - is stdout")
	}
	for _, name := range []string{"O", "download"} {
		f.BoolVar(&o.download, name, false, "save the body, in a file that the response or the URL names and that is not there yet, or in that of --output; print the head")
	}
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
