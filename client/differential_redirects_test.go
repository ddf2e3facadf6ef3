package client_test

import "strings"

// redirectVectors returns the vectors of redirects.
func redirectVectors() []*vector {
	return nil
}

var _ = strings.Cut
