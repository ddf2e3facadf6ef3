package client

import "time"

// cookieDate reads a date of an Expires attribute: the algorithm of RFC 6265bis §5.1.1, which takes tokens in any order
// and never looks at weekday or zone.
func cookieDate(s string) (time.Time, bool) {
	var d dateParts
	for len(s) > 0 {
		n := 0
		for n < len(s) && !dateDelimiter(s[n]) {
			n++
		}
		if n > 0 {
			d.take(s[:n])
			s = s[n:]
			continue
		}
		s = s[1:]
	}
	return d.time()
}

// dateDelimiter tells which bytes separate the tokens of a date.
func dateDelimiter(c byte) bool {
	return c == 0x09 || c >= 0x20 && c <= 0x2f || c >= 0x3b && c <= 0x40 || c >= 0x5b && c <= 0x60 || c >= 0x7b && c <= 0x7e
}

// dateParts are the parts of a date, each of which is the first token that can be it.
type dateParts struct {
	clock, day, month, year      bool
	hour, min, sec, mday, mon, y int
}

func (d *dateParts) take(token string) {
	if !d.clock {
		if h, m, s, ok := clockOf(token); ok {
			d.clock, d.hour, d.min, d.sec = true, h, m, s
			return
		}
	}
	if !d.day {
		if n, rest, ok := digits(token, 1, 2); ok && tail(rest) {
			d.day, d.mday = true, n
			return
		}
	}
	if !d.month {
		if m := monthOf(token); m > 0 {
			d.month, d.mon = true, m
			return
		}
	}
	if !d.year {
		if n, rest, ok := digits(token, 2, 4); ok && tail(rest) {
			d.year, d.y = true, n
		}
	}
}

func (d *dateParts) time() (time.Time, bool) {
	switch {
	case d.y >= 70 && d.y <= 99:
		d.y += 1900
	case d.y >= 0 && d.y <= 69:
		d.y += 2000
	}
	if !d.clock || !d.day || !d.month || !d.year || d.mday < 1 || d.mday > 31 || d.y < 1601 || d.hour > 23 || d.min > 59 || d.sec > 59 {
		return time.Time{}, false
	}
	t := time.Date(d.y, time.Month(d.mon), d.mday, d.hour, d.min, d.sec, 0, time.UTC)
	return t, t.Day() == d.mday // the 31st of a shorter month is no date
}

// clockOf reads hour, minute and second, of one or two digits each.
func clockOf(s string) (h, m, sec int, ok bool) {
	if h, s, ok = digits(s, 1, 2); !ok || s == "" || s[0] != ':' {
		return 0, 0, 0, false
	}
	if m, s, ok = digits(s[1:], 1, 2); !ok || s == "" || s[0] != ':' {
		return 0, 0, 0, false
	}
	sec, s, ok = digits(s[1:], 1, 2)
	return h, m, sec, ok && tail(s)
}

// tail tells whether what follows a number may follow it: no digit.
func tail(s string) bool { return s == "" || s[0] < '0' || s[0] > '9' }

// digits reads a number of min to max digits in front.
func digits(s string, min, max int) (n int, rest string, ok bool) {
	i := 0
	for i < len(s) && i < max && s[i] >= '0' && s[i] <= '9' {
		n = 10*n + int(s[i]-'0')
		i++
	}
	return n, s[i:], i >= min
}

// monthOf returns the month whose English name begins with the first three letters of a token, 0 for none.
func monthOf(s string) int {
	const names = "janfebmaraprmayjunjulaugsepoctnovdec"
	if len(s) < 3 {
		return 0
	}
	for i := 0; i < len(names); i += 3 {
		if s[0]|0x20 == names[i] && s[1]|0x20 == names[i+1] && s[2]|0x20 == names[i+2] {
			return i/3 + 1
		}
	}
	return 0
}
