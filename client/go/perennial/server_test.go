package perennial

import (
	"context"
	"testing"
	"time"

	"google.golang.org/grpc"
	"perennial/throwaway"
)

// A perenniald of a test's own.
type server struct {
	*throwaway.Server
	t *testing.T
}

func startServer(t *testing.T) *server {
	t.Helper()
	return &server{throwaway.New(t, throwaway.Options{}), t}
}

// Returns when it serves: where it did before, with what it held.
func (s *server) start() {
	s.t.Helper()
	if err := s.Start(); err != nil {
		s.t.Fatal(err)
	}
}

func (s *server) kill() { s.Kill() }

func (s *server) connect(options Options) *grpc.ClientConn {
	s.t.Helper()
	connection, err := Connect(s.Target(), options)
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
