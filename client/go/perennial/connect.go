package perennial

import (
	"context"
	"net/url"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/metadata"
)

const (
	defaultTimeout = 10 * time.Second
	mostBytes      = 64 << 20
)

// Options of Connect. The zero value is of a caller without a name, in plaintext.
type Options struct {
	Actor   string        // who calls, as the history will show it
	Role    string        // lowers the caller's role, such as "VIEWER"; cannot raise it
	Timeout time.Duration // of a whole call, where its context has no deadline: 10 s where 0
	Dial    []grpc.DialOption
}

// Connect makes a connection to the server at an address such as "127.0.0.1:50051": when it is first
// needed, and again whenever it breaks. Plaintext unless Options.Dial has credentials for transport.
//
// Calls are attempted again until their deadline, with growing and random waits, after UNAVAILABLE,
// RESOURCE_EXHAUSTED where the server says when to come back, and write conflicts, if that is safe: for
// methods that only read, and for those whose request has a request_id. One is made before the first
// attempt where the request has none, so that the server carries out the call once, and not at all where
// the database was restored since the last answer. A deadline that passes is a *DeadlineError. Streams
// are not attempted again: see Watch.
func Connect(address string, options Options) (*grpc.ClientConn, error) {
	if options.Timeout == 0 {
		options.Timeout = defaultTimeout
	}
	caller := callerOf(options)
	repeating := &repeater{timeout: options.Timeout, timeLine: new(atomic.Value)}
	dial := []grpc.DialOption{
		// Our own retries know which calls are safe to repeat; gRPC's do not, and end after five.
		grpc.WithDisableRetry(),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff: backoff.Config{BaseDelay: 100 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2,
				MaxDelay: 2 * time.Second},
			MinConnectTimeout: 2 * time.Second,
		}),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(mostBytes)),
		grpc.WithChainUnaryInterceptor(caller.unary, repeating.unary),
		grpc.WithChainStreamInterceptor(caller.stream),
	}
	if len(options.Dial) == 0 {
		dial = append(dial, grpc.WithInsecure())
	}
	return grpc.Dial(address, append(dial, options.Dial...)...)
}

// The metadata that says who calls, as pairs of key and value.
type caller []string

func callerOf(options Options) caller {
	var pairs caller
	if options.Actor != "" {
		// Percent-encoded: metadata takes printable ASCII alone.
		pairs = append(pairs, "x-perennial-actor", url.PathEscape(options.Actor))
	}
	if options.Role != "" {
		pairs = append(pairs, "x-perennial-role", options.Role)
	}
	return pairs
}

func (c caller) unary(ctx context.Context, method string, request, reply any, connection *grpc.ClientConn,
	invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
	return invoke(metadata.AppendToOutgoingContext(ctx, c...), method, request, reply, connection, options...)
}

func (c caller) stream(ctx context.Context, description *grpc.StreamDesc, connection *grpc.ClientConn,
	method string, open grpc.Streamer, options ...grpc.CallOption) (grpc.ClientStream, error) {
	return open(metadata.AppendToOutgoingContext(ctx, c...), description, connection, method, options...)
}
