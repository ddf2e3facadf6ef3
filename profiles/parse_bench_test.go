package profiles

import "testing"

// BenchmarkParse is what the first use of a profile costs: at most 3 ms.
func BenchmarkParse(b *testing.B) {
	for _, name := range []string{"chromium156", "firefox133", "safari153"} {
		text, err := data.ReadFile("data/" + name + ".json")
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
