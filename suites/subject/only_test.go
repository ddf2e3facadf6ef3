package subject_test

import (
	"errors"
	"testing"

	"github.com/wirelike/wirelike/suites/subject"
)

func TestOnly(t *testing.T) {
	t.Parallel()
	yes := true
	for _, row := range []struct {
		name   string
		v      any
		fields []string
		want   string
	}{
		{"nothing is set", subject.Config{}, nil, ""},
		{"listed", subject.Request{URL: "u", Method: "m"}, []string{"URL", "Method"}, ""},
		{"not listed", subject.Request{URL: "u", RawBody: true}, []string{"URL", "Method"}, "Request.RawBody"},
		{"an empty body is a body", subject.Request{Bytes: []byte{}}, nil, "Request.Bytes"},
		{"a pointer to a zero value", subject.Request{FailOnStatus: &yes}, nil, "Request.FailOnStatus"},
		{"a whole struct", subject.Config{Redirect: subject.Redirect{Max: 1}}, []string{"Redirect"}, ""},
		{"a part of a struct", subject.Config{Redirect: subject.Redirect{Follow: subject.FollowNone}}, []string{"Redirect.Follow"}, ""},
		{"another part of it", subject.Config{Redirect: subject.Redirect{Max: 1}}, []string{"Redirect.Follow"}, "Config.Redirect.Max"},
		{"a struct that is not listed", subject.Config{Retry: subject.Retry{Count: 1}}, []string{"Redirect"}, "Config.Retry"},
		{"a part behind a pointer", subject.Request{Retry: &subject.Retry{Count: 1, Jitter: 1}}, []string{"Retry.Count"}, "Request.Retry.Jitter"},
		{"a name that begins another", subject.Request{RawURL: true}, []string{"RawBody"}, "Request.RawURL"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			err := subject.Only(row.v, row.fields...)
			var un *subject.Unsupported
			if errors.As(err, &un); (err != nil) != (row.want != "") || un != nil && un.What != row.want {
				t.Errorf("%v, want %q", err, row.want)
			}
		})
	}
}

func TestOnlyKnowsFields(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("a field that does not exist")
		}
	}()
	subject.Only(subject.Config{}, "Redirect.Maximum")
}

func TestKindOf(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		err  error
		want subject.Kind
	}{
		{nil, ""},
		{&subject.Error{Kind: subject.Timeout, Err: errors.New("late")}, subject.Timeout},
		{errors.Join(&subject.Error{Kind: subject.TLS, Err: errors.New("no")}), subject.TLS},
		{errors.New("what"), subject.Other},
	} {
		if got := subject.KindOf(row.err); got != row.want {
			t.Errorf("%v: %q", row.err, got)
		}
	}
}
