package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/wirelike/wirelike/profiles"
)

var storeCommand = command{
	name: "store", args: "[--store DIR] list | update [--root URL | --from DIR|URL [--sha256 SUM]] | key", short: "list, replace, and keep the key for, profiles of your own",
	long: `
A store is a directory with profiles of your own, in the files of curl_cffi: fingerprints.json, an object of names and
Fingerprints (or profiles of this module), and config.json with the key of a service. show, diff, lint, send and list find
them by name, before the built-in ones; verify never reads a store. Without --store it is the directory
IMPERSONATE_CONFIG_DIR; else impersonate in XDG_CONFIG_HOME, ~/.config, or on Windows APPDATA.

list     the stored profiles, with the members of each that have no effect here. One that is broken is told on stderr.
update   replaces all of them by what there is at the source, or leaves all as it was:
           --root URL    a service: URL/fingerprints?skip=N&limit=100, page after page, with the key if there is one.
                         Default: the variable IMPERSONATE_API_ROOT; there is no built-in address
           --from DIR    a directory with a fingerprints.json, or the URL of such a file. It must have the SHA-256 of --sha256,
                         else that of the file beside it with the suffix .sha256
key      keeps the key, one line on stdin that begins with imp_, in config.json. The variable IMPERSONATE_API_KEY wins over it.

Exit codes: 1 for a broken profile, or an update that failed.`,
	run: store,
}

func store(ctx context.Context, e *env, c *command, args []string) (int, error) {
	f := c.flags(e)
	var at storeFlag
	var o profiles.UpdateOptions
	at.register(f)
	f.StringVar(&o.Root, "root", "", "update: `URL` of a service")
	f.StringVar(&o.From, "from", "", "update: `DIR` or URL with a fingerprints.json")
	f.StringVar(&o.SHA256, "sha256", "", "update: `SUM` that the file of --from must have, in hexadecimal digits")
	rest, err := parse(f, args)
	if err != nil {
		return exitUsage, err
	}
	if len(rest) != 1 {
		return exitUsage, errors.New("say what to do: list, update or key")
	}
	if rest[0] != "update" && o != (profiles.UpdateOptions{}) {
		return exitUsage, fmt.Errorf("--root, --from and --sha256 belong to update, not to %s", rest[0])
	}
	s := &profiles.Store{Dir: at.dir}
	if s.Dir == noStore {
		return exitUsage, errors.New("--store none is no store")
	}
	if s.Dir == "" {
		if s.Dir, err = profiles.StoreDir(); err != nil {
			return exitUsage, err
		}
	}
	switch rest[0] {
	case "list":
		return storeList(e, c, s)
	case "update":
		return storeUpdate(ctx, e, c, s, &o)
	case "key":
		return storeKey(e, s)
	}
	return exitUsage, fmt.Errorf("there is no %q: it is list, update or key", rest[0])
}

// storeList prints the profiles of the store, and then where it is.
func storeList(e *env, c *command, s *profiles.Store) (int, error) {
	rows, err := stored(s)
	if err != nil {
		return exitMismatch, err
	}
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "PROFILE\tBROWSER\tVERSION\tSYSTEM\tWITHOUT EFFECT\n")
	for _, r := range rows {
		if r.Err == nil {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", r.Name, r.Browser, r.Version, system(&r), strings.Join(r.Ignored, " "))
		}
	}
	if err := w.Flush(); err != nil {
		return exitMismatch, err
	}
	if _, err := fmt.Fprintf(e.stdout, "%d profiles in %s\n", len(rows), s.Dir); err != nil {
		return exitMismatch, err
	}
	return broken(e, c, rows), nil
}

// stored returns the rows of a store, without those of built-in profiles.
func stored(s *profiles.Store) (rows []profiles.Listed, err error) {
	all, err := s.List()
	for _, r := range all {
		if r.Type == profiles.Custom {
			rows = append(rows, r)
		}
	}
	return rows, err
}

// broken tells of the profiles that cannot be used, and returns the exit code.
func broken(e *env, c *command, rows []profiles.Listed) int {
	code := exitEqual
	for _, r := range rows {
		if r.Err != nil {
			fmt.Fprintf(e.stderr, "fpcheck %s: %v\n", c.name, r.Err)
			code = exitMismatch
		}
	}
	return code
}

// system names the system with its version.
func system(r *profiles.Listed) string { return strings.TrimSpace(r.OS + " " + r.OSVersion) }

// storeUpdate replaces the profiles. What came is judged at once, so that nobody finds out later.
func storeUpdate(ctx context.Context, e *env, c *command, s *profiles.Store, o *profiles.UpdateOptions) (int, error) {
	switch {
	case o.Root != "" && o.From != "":
		return exitUsage, errors.New("--root and --from are two sources: name one")
	case o.SHA256 != "" && o.From == "":
		return exitUsage, errors.New("--sha256 is that of a file: name it with --from")
	}
	n, err := s.Update(ctx, nil, o)
	if errors.Is(err, profiles.ErrNoRoot) {
		return exitUsage, errors.New("no source: name one with --root, --from or the variable IMPERSONATE_API_ROOT")
	}
	if err != nil {
		return exitMismatch, err
	}
	if _, err := fmt.Fprintf(e.stdout, "%d profiles in %s\n", n, s.Dir); err != nil {
		return exitMismatch, err
	}
	rows, err := stored(s)
	if err != nil {
		return exitMismatch, err
	}
	return broken(e, c, rows), nil
}

// maxKey bounds what is read as a key, in bytes.
const maxKey = 4 << 10

func storeKey(e *env, s *profiles.Store) (int, error) {
	b, err := io.ReadAll(io.LimitReader(e.stdin, maxKey))
	if err != nil {
		return exitUsage, err
	}
	if err := s.SetKey(strings.TrimSpace(string(b))); err != nil {
		return exitUsage, err
	}
	_, err = fmt.Fprintf(e.stdout, "the key is in %s\n", filepath.Join(s.Dir, "config.json"))
	return exitEqual, err
}
