package profiles_test

import (
	"fmt"
	"log"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/profiles"
)

// Chrome with an HTTP/2 connection that begins as Safari's does, and without GREASE.
func ExampleProfile_With() {
	chrome, err := profiles.Lookup("chrome150")
	if err != nil {
		log.Fatal(err)
	}
	mine, err := chrome.With(profiles.Override{
		Akamai:    "2:0;3:100;4:2097152;9:1|10420225|0|m,s,a,p",
		TLSGrease: new(false),
	})
	if err != nil {
		log.Fatal(err)
	}
	akamai, _, _ := fingerprint.Akamai(mine.First.HTTP2)
	fmt.Println(mine.Name, akamai)
	// Output:
	// chrome150+custom 2:0;3:100;4:2097152;9:1|10420225|0|m,s,a,p
}
