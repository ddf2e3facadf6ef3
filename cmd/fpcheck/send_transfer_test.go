package main

import (
	"testing"

	"github.com/wirelike/wirelike/fpserver"
)

// TestSendTransfer: options of curl for the connection and for the speed.
func TestSendTransfer(t *testing.T) {
	t.Parallel()
	ca := " | --ca | $CA"
	runCommands(t, false, []commandRow{
		{"CLI-08", "tls-max", "get | --tls-max | 1.2 | $URL/api/clean" + ca, "", 0, []string{`"ja4": ?"t12`}, nil, "TLS 1.3 leaves the hello"},
		{"CLI-08", "tls-max default", "get | --tls-max | default | $URL/api/clean" + ca, "", 0, []string{`"ja4": ?"t13`}, nil, "the browser's own"},
		{"CLI-08", "tlsv1.3", "get | --tlsv1.3 | $URL/api/tls" + ca, "", 0, []string{`"TLS 1.3"`, `! "TLS 1.2"`}, nil, "TLS 1.2 leaves the hello"},
		{"CLI-08", "tlsv1.2 without profile", "get | --tlsv1.2 | --profile | none | $URL/get" + ca, "", 0, nil, nil, "the plain client, too"},
		{"CLI-08", "no version left", "get | --tlsv1.3 | --tls-max | 1.2 | $URL/get" + ca, "", 2, nil, []string{"TLS"}, "contradiction"},
		{"CLI-08", "two oldest versions", "get | --tlsv1.2 | --tlsv1.3 | $URL/get", "", 2, nil, []string{"one of them"}, "contradiction"},
		{"CLI-08", "unknown version", "get | --tls-max | 2 | $URL/get", "", 2, nil, []string{`--tls-max "2"`}, "nothing is sent"},
		{"CLI-08", "other key", "get | --pinnedpubkey | sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= | $URL/get" + ca, "", 1, []string{"! ."}, []string{"pinned"}, "not the server's"},
		{"CLI-08", "no hash", "get | --pinnedpubkey | key.pem | $URL/get" + ca, "", 2, nil, []string{"sha256//"}, "files of keys are not read"},
		{"CLI-08", "netrc", "get | --netrc-file | $DIR/netrc | $URL/auth/basic/user/secret" + ca, "", 0, nil, nil, "of the host"},
		{"CLI-08", "netrc and user", "get | --netrc-file | $DIR/netrc | -u | user:wrong | $URL/auth/basic/user/secret" + ca, "", 3, nil, nil, "--user comes first"},
		{"CLI-08", "no netrc", "get | --netrc-file | $DIR/none | $URL/get", "", 2, nil, []string{"--netrc-file: .*none"}, "nothing is sent"},
		{"CLI-08", "rate", "get | --limit-rate | 100 | --max-time | 500ms | $URL/bytes/1000" + ca, "", 1, nil, []string{"timeout|did not end"}, "it takes ten seconds"},
		{"CLI-08", "rate of the request", "post | --limit-rate | 10 | --max-time | 500ms | $URL/upload | @$DIR/netrc" + ca, "", 1, nil, []string{"timeout|did not end"}, "it takes four seconds"},
		{"CLI-08", "fast enough", "get | --limit-rate | 1G | $URL/bytes/1000" + ca, "", 0, nil, []string{"! ."}, "with a unit"},
		{"CLI-08", "no rate", "get | --limit-rate | fast | $URL/get", "", 2, nil, []string{"bytes per second"}, "nothing is sent"},
		{"CLI-08", "rate of a WebSocket", "send | --json | --limit-rate | 1k | --kind | websocket | --profile | none | wss://$HOST/ws/echo" + ca, "", 0, []string{`"status":101`}, nil, "it has no bodies"},
		{"CLI-08", "cacert", "get | --cacert | $CA | $URL/get", "", 0, nil, nil, "--ca by curl's name"},
	})
}

// TestSendPinned: the right key is the server's.
func TestSendPinned(t *testing.T) {
	t.Parallel()
	srv := fpserver.NewServer(t)
	runCommands(t, false, []commandRow{
		{"CLI-08", "pinned", "get | --pinnedpubkey | sha256//" + srv.SPKI() + " | --insecure | " + srv.URL + "/get", "", 0, nil, nil, "looked at without verification, too"},
	})
}

// TestSendAuthorities: the environment names the authorities, as with curl, unless a flag does.
func TestSendAuthorities(t *testing.T) {
	srv := fpserver.NewServer(t)
	t.Setenv("SSL_CERT_FILE", "")
	t.Setenv("CURL_CA_BUNDLE", srv.CAFile())
	t.Setenv("REQUESTS_CA_BUNDLE", "")
	runCommands(t, false, []commandRow{
		{"CLI-08", "environment", "get | " + srv.URL + "/get", "", 0, nil, []string{"! ."}, "CURL_CA_BUNDLE"},
		{"CLI-08", "environment and flag", "get | --ca | $CA | " + srv.URL + "/get", "", 1, nil, []string{"certificate"}, "the flag alone counts"},
		{"CLI-08", "environment and no verification", "get | -k | $URL/get", "", 0, nil, []string{"! ."}, "nothing is to be verified"},
		{"CLI-13", "authorities", "doctor", "", 0, []string{"^ca: CURL_CA_BUNDLE="}, nil, "which they are"},
	})
}

func TestRate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		id, in string
		want   int64
		why    string
	}{
		{"CLI-08", "500", 500, "bytes"}, {"CLI-08", "500B", 500, "bytes"}, {"CLI-08", "2k", 2048, "curl's unit"}, {"CLI-08", "1.5M", 3 << 19, "a fraction"},
		{"CLI-08", "1g", 1 << 30, "in either case"}, {"CLI-08", "1T", 1 << 40, "the largest"}, {"CLI-08", "0", 0, "it would stand still"},
		{"CLI-08", "0.1", 0, "less than a byte"}, {"CLI-08", "-1", 0, "negative"}, {"CLI-08", "1e3", 0, "curl has no such number"}, {"CLI-08", "99999999999T", 0, "too large"},
		{"CLI-08", "k", 0, "no number"}, {"CLI-08", "", 0, "nothing"}, {"CLI-08", "inf", 0, "no number"}, {"CLI-08", "nan", 0, "no number"},
	} {
		t.Run(c.id+"/"+c.in, func(t *testing.T) {
			t.Parallel()
			var r rateFlag
			if err := r.Set(c.in); (err == nil) != (c.want > 0) || int64(r) != c.want {
				t.Errorf("%s: got %d, %v", c.why, r, err)
			}
		})
	}
}
