package profiles_test

import (
	"fmt"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/profiles"
)

func ExampleLintRequest() {
	agent, _ := profiles.UserAgent(profiles.Browser{Name: "chrome", Version: "150.0.7871.127", OS: "Windows"})
	for _, f := range profiles.LintRequest(&profiles.Request{
		Path: "request", Protocol: "h2", Secure: true, Method: "GET",
		Fields: []fingerprint.Field{
			{Name: "sec-ch-ua", Value: profiles.Brands("Google Chrome", 150)},
			{Name: "sec-ch-ua-platform", Value: `"macOS"`},
			{Name: "user-agent", Value: agent},
			{Name: "te", Value: "trailers"},
		},
	}) {
		fmt.Println(f)
	}
	// Output:
	// request[sec-ch-ua-platform].value: "macOS", but the user agent's system is "Windows" [platform]
	// request[te].value: te: "trailers", but chrome 150 sends none over h2 [te]
}
