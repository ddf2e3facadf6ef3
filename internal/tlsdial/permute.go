package tlsdial

import (
	"strconv"
	"strings"

	utls "github.com/refraction-networking/utls"

	"github.com/wirelike/wirelike/fingerprint"
)

// offer is one extension on its way out; nth counts those of its name, from 1.
type offer struct {
	utls.TLSExtension
	id  fingerprint.ID
	nth int
}

// permute puts the named extensions to the two ends of the list and everything between them into a uniformly random
// order (Fisher-Yates), as BoringSSL does for every connection. The shuffle of utls is biased: an extension
// keeps the first or last place twice as often as chance has it. What lies between the ends is list[first:last].
func permute(list []offer, p *fingerprint.Permute, d *draw) (first, last int) {
	for _, name := range p.First {
		if i := find(list, name, first, len(list)); i >= 0 {
			move(list, i, first)
			first++
		}
	}
	last = len(list)
	for i := len(p.Last) - 1; i >= 0; i-- {
		if j := find(list, p.Last[i], first, last); j >= 0 {
			last--
			move(list, j, last)
		}
	}
	middle := list[first:last]
	d.Shuffle(len(middle), func(i, j int) { middle[i], middle[j] = middle[j], middle[i] })
	return first, last
}

// find returns the index in list[from:to] of the extension that field paths call name, or -1.
func find(list []offer, name string, from, to int) int {
	base, number, _ := strings.Cut(name, "#")
	nth := 1
	if number != "" {
		nth, _ = strconv.Atoi(number)
	}
	for i := from; i < to; i++ {
		if list[i].nth == nth && fingerprint.ExtensionName(list[i].id) == base {
			return i
		}
	}
	return -1
}

// move takes the element at from to the place to and keeps the order of the others.
func move(list []offer, from, to int) {
	x := list[from]
	if from < to {
		copy(list[from:to], list[from+1:to+1])
	} else {
		copy(list[to+1:from+1], list[to:from])
	}
	list[to] = x
}
