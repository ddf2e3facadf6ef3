package main

import (
	"bytes"
	"testing"
)

func TestClientHellos(t *testing.T) {
	record := func(typ byte, b ...byte) []byte { return append([]byte{typ, 3, 1, 0, byte(len(b))}, b...) }
	one, two := []byte{1, 0, 0, 3, 7, 8, 9}, []byte{1, 0, 0, 1, 5}
	for _, test := range []struct {
		name, reason string
		in           []byte
		want         [][]byte
		ok           bool
	}{
		{"one record", "the usual case", record(22, one...), [][]byte{one}, true},
		{"two records", "a message may be cut anywhere", append(record(22, one[:2]...), record(22, one[2:]...)...), [][]byte{one}, true},
		{"after HelloRetryRequest", "change_cipher_spec stands between", bytes.Join([][]byte{record(22, one...), record(20, 1), record(22, two...), record(23, 4)}, nil), [][]byte{one, two}, true},
		{"TLS 1.2", "ClientKeyExchange is no hello", append(record(22, one...), record(22, 16, 0, 0, 1, 1)...), [][]byte{one}, true},
		{"record cut", "the file is broken", record(22, one...)[:9], nil, false},
		{"message cut", "the file is broken", record(22, one[:5]...), nil, false},
		{"no hello", "the file is something else", record(23, 1), nil, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := clientHellos(test.in)
			if (err == nil) != test.ok || !bytes.Equal(bytes.Join(got, []byte("|")), bytes.Join(test.want, []byte("|"))) {
				t.Errorf("%s: got %x, %v", test.reason, got, err)
			}
		})
	}
}
