package client_test

import (
	"strings"
	"testing"
)

// verdict says who is right about vectors on which clients differ.
type verdict struct {
	vectors string // the beginning of their names; the longest that fits counts
	right   string
	why     string
}

const (
	ours     = "wirelike"
	browsers = "wirelike, as Chromium and Firefox"
	rfc      = "wirelike by the letter"
	choice   = "nobody is wrong"
)

// verdicts are in the order of the vectors. Sections are those of RFC 6265bis where nothing else is named.
var verdicts = []verdict{
	{"COOKIE-22", browsers, "§5.8.3 sends a value as it was set; net/http puts quotes around blanks and commas"},
	{"COOKIE-23", browsers, "§5.6 has user agents read what servers should not send; net/http reads no backslash"},
	{"COOKIE-40 4096", browsers, "§5.6: 4096 bytes of name and value are allowed; curl 7.88 counts more than those"},
	{"COOKIE-40 4097", browsers, "§5.6: more than 4096 bytes are too many; net/http has no limit"},
	{"COOKIE-40 a line", browsers, "§5.6 limits name and value, and each attribute, not the line; curl limits the line, and so does a jar with `RulesCurl`"},
	{"COOKIE-40 60", browsers, "no standard has a limit; curl takes 50 lines of a response, and so does a jar with `RulesCurl`"},
	{"COOKIE-41 control", browsers, "§5.6 drops that cookie; net/http loses the one beside it, too, as the fields of the response are an error"},
	{"COOKIE-41 DEL", browsers, "the same"},
	{"COOKIE-41 TAB", "wirelike, as Firefox", "§5.6 names TAB as the one control that is allowed; Chromium and curl drop the cookie"},
	{"COOKIE-41 no equals", "wirelike, as Chromium", "§5.6: a cookie without name, and §5.8.3 sends its value alone; Firefox keeps it as a name; curl and net/http drop it, as does a jar with `RulesCurl`"},
	{"COOKIE-41 empty name", "wirelike, as Chromium", "the same; Firefox drops this one"},
	{"COOKIE-41 name that", browsers, "§5.6 has user agents read what servers should not send; net/http reads tokens only"},
	{"COOKIE-41 backslash", browsers, "the same; curl keeps it, in an order of its own (COOKIE-52)"},
	{"COOKIE-41 beyond", browsers, "the same"},
	{"COOKIE-40 4096 bytes without", rfc, "§5.6 allows that many; so does Firefox, which makes a name of them, and curl drops what has no name"},
	{"COOKIE-40 an attribute", browsers, "§5.6: that attribute is passed over, the cookie stays; curl and net/http take the path"},
	{"COOKIE-40 181", browsers, "no standard says which: above 180 of a domain 150 stay, those without Secure go first, then the least recently used. curl sends 150, net/http all, and a jar with `RulesCurl` sends the first 150"},
	{"COOKIE-40 181 cookies, all but", "wirelike, as Chromium", "§5.7 lets those without Secure go first, the new one, too; Firefox drops that one alone, and so does a jar with `RulesFirefox`"},
	{"COOKIE-41 two", "wirelike, as Chromium", "§5.6: two cookies without name are one; Firefox has two names"},
	{"COOKIE-41 a name, then", rfc, "§5.6, and Chromium: no name is another name; for Firefox it is the same cookie"},
	{"COOKIE-41 equals", rfc, "§5.6: what is behind the first `=` is the value; both browsers drop it, and so do jars with their rules"},
	{"COOKIE-42 a dot as", rfc, "§5.6.3 takes the dot off and says nothing then; both browsers take it for a domain that is not theirs, and so do jars with their rules"},
	{"COOKIE-42 the last", browsers, "§5.7 takes the last Domain attribute, also an empty one; curl takes the last that says something"},
	{"COOKIE-42 dot", browsers, "§5.1.2 does not take the dot off: it is another host"},
	{"COOKIE-43 suffix for", browsers, "§5.7: the cookie of a public suffix is for that host only"},
	{"COOKIE-43", browsers, "§5.7; this build of curl_cffi has no list of public suffixes, so that sites can set cookies for their neighbours"},
	{"COOKIE-44 Max-Age", browsers, "§5.6.2 passes over what is no number; for curl that is the end of the cookie, and for a jar with `RulesCurl`"},
	{"COOKIE-44 Max-Age with", rfc, "§5.6.2 knows digits and a minus sign; Chromium takes a plus sign, too, and for Firefox all that begins with a minus sign is negative, as for jars with their rules"},
	{"COOKIE-44 Max-Age, then", rfc, "§5.6.2 passes over what is no number; in both browsers the last Max-Age counts, whatever it says, as in jars with their rules"},
	{"COOKIE-44 Expires", browsers, "§5.1.1 reads these dates; net/http passes over them and keeps what has ended"},
	{"COOKIE-46 Secure over https", browsers, "the order only; see COOKIE-52"},
	{"COOKIE-46", browsers, "§5.7: Secure needs a secure protocol; net/http takes it"},
	{"COOKIE-47 __Host- with a default", "wirelike, as Chromium", "§5.7: the Path attribute must be there; Firefox and curl take the default, as does a jar with `RulesCurl`"},
	{"COOKIE-47 __Host- with the default path of a page", "wirelike, as Chromium", "the same"},
	{"COOKIE-47 __Host- with an empty Path", rfc, "§5.7: the attribute is there, and the path is `/`; so does Firefox. Chromium wants `/` to be written, and so does a jar with `RulesChromium`"},
	{"COOKIE-47 __Host- without", "wirelike, as Chromium", "§5.7: a value that looks like the name of such a cookie; for Firefox it is one"},
	{"COOKIE-47 __Http-", rfc, "no prefixes of that text, but the next has them: __Http- needs Secure and HttpOnly, __Host-Http- also what __Host- needs; so do both browsers, and jars with their rules"},
	{"COOKIE-47 __Http- with both", browsers, "the order only; see COOKIE-52"},
	{"COOKIE-47 prefix in", browsers, "§5.7: whatever their case, since servers may compare so"},
	{"COOKIE-47", browsers, "§5.7; net/http knows no prefixes"},
	{"COOKIE-48", browsers, "§5.6.4 takes the attribute as it is, and the default path if it does not begin with a slash; curl takes quotes and a slash at the end off and reads `x` as `/`, and so does a jar with `RulesCurl`"},
	{"COOKIE-51 replaced", "wirelike, as Firefox", "§5.7 keeps the creation time; Chromium puts the new value behind the others, and so does a jar with `RulesChromium`"},
	{"COOKIE-51 a new", "wirelike, as Firefox", "the same"},
	{"COOKIE-51 the same", browsers, "§5.7 keeps the creation time; with the same value, Chromium does, too"},
	{"COOKIE-51 deleted", browsers, "§5.7: it is a new cookie; curl sends newer ones first (COOKIE-52)"},
	{"COOKIE-51 host-only", browsers, "§5.7: the host-only-flag tells cookies apart, and the older is first; net/http replaces the one by the other"},
	{"COOKIE-52", browsers, "§5.8.3: longer paths first, then older cookies; curl goes by the length of names, and newer ones first"},
	{"COOKIE-55 attributes", browsers, "the order only; see COOKIE-52"},
	{"COOKIE-55", browsers, "measured: both browsers drop it, and so does a jar with other rules than `RulesCurl`; for others the attributes mean nothing"},
	{"COOKIE-14 of a call, on", ours, "a cookie for one site is none for another; curl sends what `-b` says everywhere"},
	{"COOKIE-14", ours, "the cookie is for that host, also when the chain comes back; net/http forgets it"},
	{"COOKIE-16", ours, "a host without a dot is a host; curl_cffi takes it for `localhost.local`"},
	{"COOKIE-18", choice, "each name once, the call's in place of the jar's; net/http sends both, and curl only what `-b` says"},
	{"COOKIE-25", ours, "§5.8.3 goes by the URL; for the others the Host field of the caller counts"},
	{"COOKIE-27", choice, "the caller's field is the whole field; the others add the jar's cookies to it"},
	{"COOKIE-50 over", browsers, "§5.7: what comes over http does not take the place of a Secure cookie"},
	{"COOKIE-50", browsers, "§5.1.4: `/login` is no prefix of `/loginhelper`; curl compares bytes"},
	{"REDIR-05", browsers, "Fetch §4.4, step 12: fields of the body go with it; curl keeps what the caller has set"},
	{"REDIR-06", browsers, "Fetch §4.4, step 12: 303 makes a GET, 301 and 302 change POST only, and a method that stays keeps its body; curl keeps the method and loses the body, net/http makes a GET of all"},
	{"REDIR-03 GET 304", "wirelike, as Firefox", "Fetch §2.2.6: no redirect; Chromium does not show the page, as it has none in its cache"},
	{"REDIR-03", browsers, "Fetch §2.2.6: 301, 302, 303, 307 and 308 are redirects; curl follows any 3xx"},
	{"REDIR-04 empty", "Firefox by the letter, Chromium and wirelike in practice", "by Fetch (location URL) an empty Location is the URL itself, which would only come again"},
	{"REDIR-04", browsers, "Fetch (location URL): several different values are a failure; the others take the first"},
	{"REDIR-16 bytes", browsers, "WHATWG URL §1.3: escapes are in upper case, in queries, too; curl writes lower case, net/http sends bytes of a query as they are"},
	{"REDIR-16 escaped", browsers, "WHATWG URL: `%2e` is a dot segment, too"},
	{"REDIR-16 escapes", browsers, "WHATWG URL §4.4 leaves escapes alone; curl_cffi puts them into upper case"},
	{"REDIR-16 backslashes", browsers, "WHATWG URL §4.4: a backslash is a slash"},
	{"REDIR-16 quotes", browsers, "WHATWG URL §1.3: they are percent-encoded; curl sends them as they are"},
	{"REDIR-16 host", browsers, "WHATWG URL §3.5: hosts are in lower case; the others send the Host field as it is written"},
	{"REDIR-16 a bad", browsers, "WHATWG URL §1.3 leaves a `%` without digits alone; net/http fails. The server of the vectors refuses it, unseen"},
	{"REDIR-16 missing", browsers, "WHATWG URL §4.4: `http:y` is relative to a base of the same scheme; the others fail"},
	{"REDIR-02", choice, "Fetch §4.4 allows 20, as Chromium has it; wirelike 30, as curl_cffi, curl 50, net/http 10; `Redirect.Max`"},
	{"REDIR-12", ours, "Fetch §4.4: Authorization goes to another origin never; for net/http a subdomain, port or scheme is none, and what it has dropped does not come back. That it comes back is curl_cffi's way, and wirelike's"},
	{"REDIR-13 X-Api-Key", ours, "a secret by its name; Fetch knows only Authorization, hence the others send it; `Redirect.Keep` decides"},
	{"REDIR-13", ours, "RFC 9110 §11.7.2: for the next proxy and nobody else"},
	{"REDIR-14", choice, "for the hop whose URL has them, as the row says; browsers wait for a 401, the others send them with later hops, too"},
	{"REDIR-23", browsers, "an address that was typed in has no referrer; net/http tells each hop where it comes from"},
}

// verdictOn returns the verdict on a vector, nil if there is none.
func verdictOn(vector string) *verdict {
	var best *verdict
	for i, v := range verdicts {
		if strings.HasPrefix(vector, v.vectors) && (best == nil || len(v.vectors) > len(best.vectors)) {
			best = &verdicts[i]
		}
	}
	return best
}

// TestDifferentialVerdicts: each vector on which clients differ has a verdict, and each verdict is needed.
func TestDifferentialVerdicts(t *testing.T) {
	t.Parallel()
	vectors, used := map[string]*vector{}, map[*verdict]bool{}
	for _, v := range allVectors() {
		if vectors[v.String()] != nil {
			t.Errorf("%s is there twice", v)
		}
		vectors[v.String()] = v
	}
	for _, d := range loadRecord(t).Differences {
		j, v := verdictOn(d.Vector), vectors[d.Vector]
		if j == nil || v == nil {
			t.Errorf("%s: verdict %v, vector %v", d.Vector, j, v)
			continue
		}
		used[j] = true
		for _, name := range []string{"Chromium", "Firefox"} {
			if _, differs := d.Seen[name]; strings.HasPrefix(j.right, "wirelike, as") && strings.Contains(j.right, name) && (differs || noBrowser(v)) {
				t.Errorf("%s: %s is not on that side, or was not asked", d.Vector, name)
			}
		}
	}
	for i, v := range verdicts {
		if !used[&verdicts[i]] {
			t.Errorf("%s: nobody differs", v.vectors)
		}
	}
}
