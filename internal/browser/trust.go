package browser

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

func findCertutil() (string, error) {
	path, err := exec.LookPath("certutil")
	if err != nil {
		return "", &NotInstalledError{Program: "certutil", Package: "libnss3-tools"}
	}
	return path, nil
}

// trust makes a certificate store of NSS in dir whose only authority is that of caFile. Both browsers read such a store
// beside their built-in list.
func trust(ctx context.Context, dir, caFile string) error {
	certutil, err := findCertutil()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for _, args := range [][]string{
		{"-N", "-d", "sql:" + dir, "--empty-password"},
		{"-A", "-d", "sql:" + dir, "-n", "wirelike", "-t", "C,,", "-i", caFile},
	} {
		if out, err := exec.CommandContext(ctx, certutil, args...).CombinedOutput(); err != nil {
			return fmt.Errorf("trust %s: certutil %s: %w: %s", caFile, args[0], err, strings.TrimSpace(string(out)))
		}
	}
	return nil
}
