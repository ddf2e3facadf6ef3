package browser_test

import (
	"testing"

	"github.com/wirelike/wirelike/internal/testnet"
)

func TestMain(m *testing.M) { testnet.Main(m) }
