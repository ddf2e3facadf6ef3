//go:build !race

package testnet

// Race tells that the race detector is on, under which the long lists of fpcheck take minutes.
const Race = false
