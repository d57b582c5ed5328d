package perennial

import (
	"context"
	"errors"
	"io"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	v1 "perennial/v1"
)

const (
	defaultHeartbeat = 5 * time.Second
	// A connection that has died without a word is known by so many missing heartbeats.
	missedHeartbeats = 3
)

var errSilent = status.Error(codes.Unavailable, "the server went silent")

// Watch follows the history until the context ends: in the order of the revisions, nothing twice and
// nothing left out. It calls `take` with each response (without changes: a heartbeat), and where the
// server stops or the connection breaks goes on behind the last one that `take` answered nil for, for as
// long as that takes; `broken`, where it is not nil, is told of each break. Returns what `take` returns,
// the context's error, or what does not pass, such as RESUME_TOKEN_EXPIRED: then list again.
func Watch(ctx context.Context, history v1.HistoryServiceClient, request *v1.WatchRequest,
	take func(*v1.WatchResponse) error, broken func(error)) error {
	request = proto.Clone(request).(*v1.WatchRequest)
	for breaks := 1; ; breaks++ {
		err := watchOnce(ctx, history, request, func(response *v1.WatchResponse) error {
			breaks = 0
			return take(response)
		})
		var taken *takeError
		if errors.As(err, &taken) {
			return taken.error
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !passes(err) {
			return err
		}
		if broken != nil {
			broken(err)
		}
		if err := pause(ctx, backoffAfter(breaks+1, DetailsOf(err).RetryDelay)); err != nil {
			return err
		}
	}
}

// What a caller's function returned, apart from errors of calls.
type takeError struct{ error }

// Keeps in the request where it is. A stream that the server ends is Unavailable.
func watchOnce(ctx context.Context, history v1.HistoryServiceClient, request *v1.WatchRequest,
	take func(*v1.WatchResponse) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	heartbeat := defaultHeartbeat
	if request.HeartbeatInterval != nil {
		heartbeat = request.HeartbeatInterval.AsDuration()
	}
	stream, err := history.Watch(ctx, request)
	if err != nil {
		return err
	}
	for {
		silence := time.AfterFunc(missedHeartbeats*heartbeat, cancel)
		response, err := stream.Recv()
		wasSilent := !silence.Stop()
		switch {
		case err == io.EOF:
			return status.Error(codes.Unavailable, "the server ended the stream")
		case err != nil && wasSilent:
			return errSilent
		case err != nil:
			return err
		}
		if err := take(response); err != nil {
			return &takeError{err}
		}
		request.ResumeToken = response.ResumeToken
	}
}

func pause(ctx context.Context, wait time.Duration) error {
	select {
	case <-time.After(wait):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
