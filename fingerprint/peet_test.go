package fingerprint

import "testing"

func TestPeetPrint(t *testing.T) {
	suites := []uint16{4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99}
	chrome := helloLists{
		version: 0x0303, suites: []uint16{4865, 4866, 4867}, exts: []uint16{43, 13, 57, 27, 51764, 16, 0, 17613, 65037, 45, 51, 10},
		groups: []uint16{4588, 29, 23, 24}, algorithms: []uint16{1027, 2052, 1025, 1283, 2053, 1281, 2054, 1537, 513},
		versions: []uint16{0x0304}, compression: []uint16{2}, modes: []byte{1}, protocols: []string{"h3"},
	}
	for _, test := range []struct {
		name, reason string
		msg          []byte
		text, hash   string
	}{
		{"B", "no extension 45 is mode 0, no extension 27 an empty field", unhex(t, helloB),
			"772-771|2-1.1|29-23|1027-2052|0||4865-4866-49195-49199|0-10-11-13-16-43-51", "1c1ec2a8fb564871dc2dd98baa761903"},
		{"G", "every GREASE value is the word, among the signature algorithms too", unhex(t, helloG),
			"GREASE-772-771|2|GREASE-29-23|GREASE-1027-2052|1|2|GREASE-4865-49195|0-10-11-13-16-27-43-45-51-GREASE-GREASE",
			"71d63e10c08aaf5552bd939faa419e8c"},
		{"no extensions", "seven bars always", (&rawHello{version: 0x0301, suites: suites}).bytes(),
			"||||0||4-5-10-9-100-98-3-6-19-18-99|", "068b203fd98d544a4085a86e4423f14d"},
		{"Chromium 156 over QUIC", "h3 has no number; extensions are sorted as strings", chrome.raw().bytes(),
			"772||4588-29-23-24|1027-2052-1025-1283-2053-1281-2054-1537-513|1|2|4865-4866-4867|0-10-13-16-17613-27-43-45-51-51764-57-65037",
			"86a52089078b32134b8713beb544f90b"},
		{"Go 1.26", "5 sorts between 43 and 50", goLists().raw().bytes(),
			"772-771|2-1.1|4588-4587-4589-29-23-24-25|2052-1027-2055-2053-2054-1025-1281-1537-1283-1539|0||" +
				"49195-49199-49196-49200-52393-52392-49161-49171-49162-49172-4865-4866-4867|0-10-11-13-16-18-23-43-5-50-51-65281",
			"fdd18b860126e03a73af87f362239976"},
		{"all protocols", "http/1.0 has a number, others are dropped", rawB(t).with(16, protocolList("spdy/3", "http/1.0", "h3", "h2", "http/0.9")...).bytes(),
			"772-771|1.0-2|29-23|1027-2052|0||4865-4866-49195-49199|0-10-11-13-16-43-51", ""},
		{"unprintable protocol", "a name that is no text is dropped like any other", rawB(t).with(16, protocolList("\xea\xea", "h2")...).bytes(),
			"772-771|2|29-23|1027-2052|0||4865-4866-49195-49199|0-10-11-13-16-43-51", ""},
		{"two modes", "the first one counts", rawB(t).with(45, 2, 1, 0).bytes(),
			"772-771|2-1.1|29-23|1027-2052|1||4865-4866-49195-49199|0-10-11-13-16-43-45-51", ""},
		{"group 6969", "only GREASE values are GREASE", rawB(t).with(10, list16(6969, 0x6a6a)...).bytes(),
			"772-771|2-1.1|6969-GREASE|1027-2052|0||4865-4866-49195-49199|0-10-11-13-16-43-51", ""},
		{"GREASE in compression", "every GREASE value is the word", rawB(t).with(27, list8(2, 0xdada)...).bytes(),
			"772-771|2-1.1|29-23|1027-2052|0|2-GREASE|4865-4866-49195-49199|0-10-11-13-16-27-43-51", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			text, hash, err := PeetPrint(parseHello(t, test.msg))
			if err != nil || text != test.text || test.hash != "" && hash != test.hash || hash != md5Hex([]byte(text)) {
				t.Errorf("%s:\ngot  %s %s (%v)\nwant %s %s", test.reason, hash, text, err, test.hash, test.text)
			}
		})
	}
}

// goLists are those of Go 1.26's net/http.
func goLists() helloLists {
	return helloLists{
		version:    0x0303,
		suites:     []uint16{49195, 49199, 49196, 49200, 52393, 52392, 49161, 49171, 49162, 49172, 4865, 4866, 4867},
		exts:       []uint16{0, 11, 65281, 23, 18, 5, 10, 13, 50, 16, 43, 51},
		groups:     []uint16{4588, 4587, 4589, 29, 23, 24, 25},
		algorithms: []uint16{2052, 1027, 2055, 2053, 2054, 1025, 1281, 1537, 1283, 1539},
		versions:   []uint16{0x0304, 0x0303}, protocols: []string{"h2", "http/1.1"}, points: []byte{0},
	}
}
