package profiles_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/wirelike/wirelike/profiles"
)

// A profile of one's own is found before the browser of its name; what is found may be edited.
func ExampleResolver() {
	dir, err := os.MkdirTemp("", "store")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	text := `{"chrome150": {"client": "mine", "tls_alpn": true, "headers": {"User-Agent": "mine/1"}}}`
	if err := os.WriteFile(filepath.Join(dir, "fingerprints.json"), []byte(text), 0o600); err != nil {
		panic(err)
	}

	r := &profiles.Resolver{Store: &profiles.Store{Dir: dir}} // an empty Dir is that of the environment
	for _, name := range []string{"chrome150", "Firefox-latest", "chrome9000"} {
		p, err := r.Lookup(name)
		if err != nil {
			fmt.Println("no", name)
			continue
		}
		fmt.Println(p.Name, p.Browser.Name)
	}
	// Output:
	// chrome150 mine
	// firefox159 firefox
	// no chrome9000
}
