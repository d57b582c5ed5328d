package perennial

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"google.golang.org/grpc"
)

// A perenniald of a test's own.
type server struct {
	t       *testing.T
	folder  string
	address string
	process *exec.Cmd
	ended   chan error
}

func startServer(t *testing.T) *server {
	t.Helper()
	s := &server{t: t, folder: t.TempDir(), address: "127.0.0.1:0"}
	t.Cleanup(s.kill)
	s.start()
	return s
}

// Returns when it serves: where it did before, with what it held.
func (s *server) start() {
	s.t.Helper()
	port := filepath.Join(s.folder, "port")
	os.Remove(port)
	s.process = exec.Command(filepath.Join(os.Getenv("PERENNIAL_BIN"), "perenniald"), "--listen="+s.address,
		"--port-file="+port, "--database=sqlite:"+filepath.Join(s.folder, "test.db"), "--clock=manual:2025-01-01")
	var log bytes.Buffer
	s.process.Stderr = &log
	if err := s.process.Start(); err != nil {
		s.t.Fatalf("set PERENNIAL_BIN to the folder of perenniald: %v", err)
	}
	ended := make(chan error, 1)
	go func(process *exec.Cmd) { ended <- process.Wait() }(s.process)
	s.ended = ended
	for {
		if written, err := os.ReadFile(port); err == nil && len(written) > 0 {
			s.address = "127.0.0.1:" + string(bytes.TrimSpace(written))
			return
		}
		select {
		case err := <-ended:
			s.t.Fatalf("perenniald has ended: %v\n%s", err, log.String())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func (s *server) kill() {
	if s.ended == nil {
		return
	}
	s.process.Process.Kill()
	<-s.ended
	s.ended = nil
}

func (s *server) connect(options Options) *grpc.ClientConn {
	s.t.Helper()
	connection, err := Connect(s.address, options)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { connection.Close() })
	return connection
}

// A context with more time than anything takes on a busy machine.
func patience(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}
