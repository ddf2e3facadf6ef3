package client

import "testing"

// TestContentType: the charset of types as servers send them.
func TestContentType(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, in, want, why string }{
		{"none", "", "", "no field"},
		{"no parameter", "text/html", "", "a type alone"},
		{"plain", "text/html;charset=GBK", "gbk", "in lower case"},
		{"blanks", "text/html ; \tcharset=gbk\t ; x=y", "gbk", "around"},
		{"quotes", `text/html; Charset="gb\k"`, "gbk", "with an escape"},
		{"open quote", `text/html; charset="gbk`, "gbk", "to the end"},
		{"quote alone", `text/html; charset="`, "", "empty"},
		{"text behind quotes", `text/html; charset="gbk"big5; x`, "gbk", "passed over"},
		{"quoted separators", `text/html; x="a;charset=big5,b"; charset=gbk`, "gbk", "they separate nothing"},
		{"empty parameter", "text/html;;charset=utf-8", "utf-8", "passed over"},
		{"no value", "text/html; charset", "", "no parameter"},
		{"no value, then one", "text/html; charset; charset=gbk", "gbk", "the first that is one"},
		{"blank in front of =", "text/html; charset =gbk", "gbk", "Go takes it, browsers do not"},
		{"two", "text/html; charset=gbk; charset=big5", "gbk", "the first"},
		{"trailing comma", "application/json; charset=utf-8,", "utf-8", "the second type is none"},
		{"twice", "application/json, application/json", "", "one type"},
		{"inherited", "text/html; charset=gbk, text/html", "gbk", "Fetch, extract a MIME type"},
		{"inherited by no other", "text/html; charset=gbk, text/plain", "", "the last type counts"},
		{"replaced", "text/html; charset=gbk, text/html; charset=big5", "big5", "the last type counts"},
		{"any type", "text/html; charset=gbk, */*; charset=big5", "gbk", "no type"},
		{"no type behind one", "text/html; charset=gbk, x; charset=big5", "gbk", "no type"},
		{"no type", "text; charset=gbk", "gbk", "better than nothing"},
		{"no type at all", "; charset=gbk", "", "nothing to have a charset"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if got := charsetOf(row.in); got != row.want {
				t.Errorf("%q: got %q, want %q: %s", row.in, got, row.want, row.why)
			}
			if got := canned(row.in, "é").Charset(); got != row.want {
				t.Errorf("%q: Charset is %q", row.in, got)
			}
		})
	}
}
