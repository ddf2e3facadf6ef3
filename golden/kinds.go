package golden

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/wirelike/wirelike/profiles"
)

// BuildKinds is what the recordings of one build of a browser say about the header lists of every kind of request.
type BuildKinds struct {
	// Build is the directory of the recordings below captures/.
	Build string
	// Sets has every kind. Values are those of a request from a page to its own origin, as recorded: with the traces
	// that the way of capturing left. What depends on the single request is a slot. Sec-Fetch-User stands in the lists of
	// a navigation and of a form as when somebody types an address in or clicks; one that a script begins has none.
	Sets map[profiles.Kind]profiles.HeaderSet
	// Evidence says for each kind where its lists come from, under "headers.KIND" or, where the protocols differ,
	// "headers.KIND.h2" and "headers.KIND.http/1.1"; "headers.KIND.priority" is for the HTTP/2 priority, and a path that ends
	// in "[own]" or "[NAME]" for the place of one field. What is no better than a guess has the source none.
	Evidence []profiles.Evidence
}

// Kinds derives the header lists of every kind of request from the recordings of one build below fsys, which is the
// directory of this package. What they do not show is taken from others: builds of the same engine, the nearest first, each
// thing from the first that shows it. Without others they are the builds with recordings across two sites, the nearest by
// version first. Sec-Fetch-Storage-Access is taken from older builds only, because it is too new for
// some. The result depends on nothing but these files.
func Kinds(fsys fs.FS, build string, others ...string) (*BuildKinds, error) {
	own, err := recordedKinds(fsys, build)
	if err != nil {
		return nil, err
	}
	if len(others) == 0 {
		if others, err = nearest(fsys, own); err != nil {
			return nil, err
		}
	}
	for _, name := range others {
		other, err := recordedKinds(fsys, name)
		if err != nil {
			return nil, err
		}
		if other.engine != own.engine {
			return nil, fmt.Errorf("golden: kinds of %s: %s is another engine", build, name)
		}
		own.borrow(other)
	}
	own.complete()
	if err := own.missing(); err != nil {
		return nil, err
	}
	return &BuildKinds{Build: build, Sets: own.sets(), Evidence: own.evidence()}, nil
}

// nearest names the other builds of the engine with recordings across two sites, by how far their version is.
func nearest(fsys fs.FS, b *buildLists) ([]string, error) {
	files, err := fs.Glob(fsys, "captures/"+b.engine+"*/cross-h2.json")
	if err != nil {
		return nil, err
	}
	var names []string
	far := map[string]int{}
	for _, file := range files {
		name := path.Base(path.Dir(file))
		n, err := strconv.Atoi(strings.TrimPrefix(name, b.engine))
		if err != nil {
			return nil, fmt.Errorf("golden: captures/%s: named by no version", name)
		}
		if far[name] = max(n-b.version, b.version-n); name != b.build {
			names = append(names, name)
		}
	}
	slices.SortStableFunc(names, func(x, y string) int { return far[x] - far[y] })
	return names, nil
}

// recordedKinds reads the recordings of a build and joins the requests of each kind.
func recordedKinds(fsys fs.FS, build string) (*buildLists, error) {
	b, err := readBuild(fsys, build)
	if err != nil {
		return nil, fmt.Errorf("golden: kinds of %s: %w", build, err)
	}
	for _, k := range profiles.AllKinds() {
		for _, proto := range protocols {
			requests := b.of(k, proto)
			if len(requests) == 0 {
				continue
			}
			l, err := joinRequests(requests)
			if err != nil {
				return nil, fmt.Errorf("golden: kinds of %s: %s over %s: %w", build, k, proto, err)
			}
			b.lists[listPlace{k, proto}] = l
		}
	}
	return b, nil
}

// missing names a kind of which nothing is known at all.
func (b *buildLists) missing() error {
	for _, k := range profiles.AllKinds() {
		for _, proto := range protocols {
			if b.lists[listPlace{k, proto}] == nil && !(k == profiles.WebSocket && proto == protoH2) {
				return fmt.Errorf("golden: kinds of %s: no recording shows %s over %s", b.build, k, proto)
			}
		}
	}
	return nil
}
