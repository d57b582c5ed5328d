package perennial

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/runtime/protoiface"
	"google.golang.org/protobuf/types/known/durationpb"

	v1 "perennial/v1"
)

func TestCallsRideOutKills(t *testing.T) {
	const kills, writers, each = 7, 4, 60
	server := startServer(t)
	accounts := v1.NewAccountServiceClient(server.connect(Options{Timeout: 2 * time.Minute}))
	written := make(chan string, writers*each)
	var done sync.WaitGroup
	for writer := 0; writer < writers; writer++ {
		done.Add(1)
		go func(writer int) {
			defer done.Done()
			for number := 0; number < each; number++ {
				account, err := accounts.CreateAccount(context.Background(), &v1.CreateAccountRequest{
					AccountId: fmt.Sprintf("w%d-%d", writer, number), Account: &v1.Account{DisplayName: "A"}})
				if err != nil {
					t.Error(Explain(err))
				}
				written <- account.GetName()
			}
		}(writer)
	}
	// Each life of the server gets some work done, so that no call is killed for ever.
	for kill := 0; kill < kills; kill++ {
		for i := 0; i < 20; i++ {
			<-written
		}
		server.kill()
		server.start()
	}
	done.Wait()
	listed, err := accounts.ListAccounts(patience(t), &v1.ListAccountsRequest{PageSize: 1000})
	if err != nil || len(listed.Accounts) != writers*each {
		t.Errorf("%d accounts, %v", len(listed.GetAccounts()), err)
	}
}

func TestUpdateSendsWhatDiffers(t *testing.T) {
	server := startServer(t)
	accounts := v1.NewAccountServiceClient(server.connect(Options{Actor: "ada müller"}))
	ctx := patience(t)
	old, err := accounts.CreateAccount(ctx, &v1.CreateAccountRequest{Account: &v1.Account{
		DisplayName: "A", Segment: "small", Labels: map[string]string{"tier": "gold", "plan": "x"}}})
	if err != nil {
		t.Fatal(err)
	}
	edited := proto.Clone(old).(*v1.Account)
	edited.Segment = ""
	edited.Labels = map[string]string{"plan": "x", "new": "y"}
	updated, err := Update(ctx, accounts.UpdateAccount, old, edited)
	if err != nil || updated.Segment != "" || fmt.Sprint(updated.Labels) != "map[new:y plan:x]" {
		t.Fatalf("%v, %v", updated, err)
	}
	if same, err := Update(ctx, accounts.UpdateAccount, updated, proto.Clone(updated).(*v1.Account)); same != updated {
		t.Errorf("where nothing differs something is called: %v", err)
	}
	edited.Note = "late"
	if _, err := Update(ctx, accounts.UpdateAccount, old, edited); DetailsOf(err).Reason != "ETAG_MISMATCH" {
		t.Errorf("not refused: %v", err)
	}
	if _, err := Update(ctx, accounts.UpdateAccount, old, &v1.Account{Name: "accounts/other"}); err == nil {
		t.Error("two resources are updated")
	}
	history := v1.NewHistoryServiceClient(server.connect(Options{}))
	changes, err := history.ListChanges(ctx, &v1.ListChangesRequest{Filter: "operation = UPDATED"})
	if err != nil || len(changes.Changes) != 1 || changes.Changes[0].Actor != "ada müller" {
		t.Errorf("%v, %v", changes, err)
	}
}

// A server whose answers are said beforehand.
type fake struct {
	v1.UnimplementedAccountServiceServer
	answer   func(ctx context.Context, attempt int) (*v1.Account, error)
	mutex    sync.Mutex
	requests []*v1.CreateAccountRequest
}

func (f *fake) CreateAccount(ctx context.Context, request *v1.CreateAccountRequest) (*v1.Account, error) {
	f.mutex.Lock()
	f.requests = append(f.requests, request)
	attempt := len(f.requests)
	f.mutex.Unlock()
	return f.answer(ctx, attempt)
}

// Serves until the test ends.
func serveFake(t *testing.T, register func(*grpc.Server), timeout time.Duration) *grpc.ClientConn {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	serving := grpc.NewServer()
	register(serving)
	go serving.Serve(listener)
	t.Cleanup(serving.Stop)
	connection, err := Connect(listener.Addr().String(), Options{Timeout: timeout})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close() })
	return connection
}

func (f *fake) create(t *testing.T, timeout time.Duration) error {
	t.Helper()
	connection := serveFake(t, func(s *grpc.Server) { v1.RegisterAccountServiceServer(s, f) }, timeout)
	_, err := v1.NewAccountServiceClient(connection).CreateAccount(context.Background(), &v1.CreateAccountRequest{})
	return err
}

func refused(code codes.Code, details ...protoiface.MessageV1) error {
	failure, err := status.New(code, "refused").WithDetails(details...)
	if err != nil {
		panic(err)
	}
	return failure.Err()
}

func reason(text string) *errdetails.ErrorInfo {
	return &errdetails.ErrorInfo{Reason: text, Domain: "perennial", Metadata: map[string]string{"a": "b"}}
}

func TestAWriteKeepsItsRequestID(t *testing.T) {
	f := &fake{answer: func(_ context.Context, attempt int) (*v1.Account, error) {
		switch attempt {
		case 1, 2, 3, 4, 5, 6:
			return nil, refused(codes.Unavailable)
		case 7:
			return nil, refused(codes.Aborted, reason("WRITE_CONFLICT"))
		}
		return &v1.Account{}, nil
	}}
	if err := f.create(t, 2*time.Minute); err != nil || len(f.requests) != 8 {
		t.Fatalf("%d attempts, %v", len(f.requests), err)
	}
	for _, request := range f.requests {
		if request.RequestId == "" || request.RequestId != f.requests[0].RequestId {
			t.Errorf("other ids: %v", f.requests)
		}
	}
}

func TestWhatDoesNotPassIsNotAttemptedAgain(t *testing.T) {
	for _, failure := range []error{refused(codes.Aborted, reason("ETAG_MISMATCH")),
		refused(codes.ResourceExhausted, reason("OVERLOADED")), refused(codes.InvalidArgument),
		// Longer than there is time.
		refused(codes.ResourceExhausted, &errdetails.RetryInfo{RetryDelay: durationpb.New(time.Hour)})} {
		f := &fake{answer: func(context.Context, int) (*v1.Account, error) { return nil, failure }}
		if err := f.create(t, 2*time.Minute); status.Code(err) != status.Code(failure) || len(f.requests) != 1 {
			t.Errorf("%d attempts, %v", len(f.requests), err)
		}
	}
}

func TestADeadlineSaysWhatItWasFor(t *testing.T) {
	f := &fake{answer: func(context.Context, int) (*v1.Account, error) { return nil, refused(codes.Unavailable) }}
	err := f.create(t, 300*time.Millisecond)
	var deadline *DeadlineError
	if !errors.As(err, &deadline) {
		t.Fatal(err)
	}
	// The last attempt may not have come as far as the server.
	missing := deadline.Attempts - len(f.requests)
	if deadline.Method != "AccountService.CreateAccount" || missing < 0 || missing > 1 || deadline.Attempts < 2 || status.Code(deadline.Last) != codes.Unavailable {
		t.Errorf("%#v", deadline)
	}
	if details := DetailsOf(err); details.Code != codes.DeadlineExceeded || details.Reason != "DEADLINE_PASSED" {
		t.Errorf("%#v", details)
	}

	silent := &fake{answer: func(ctx context.Context, _ int) (*v1.Account, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}}
	if err := silent.create(t, 100*time.Millisecond); !errors.As(err, &deadline) || deadline.Attempts != 1 ||
		deadline.Last != nil {
		t.Errorf("%#v", err)
	}
}

func TestDetailsAreComplete(t *testing.T) {
	details := DetailsOf(fmt.Errorf("while advancing: %w", refused(codes.FailedPrecondition, reason("GATE_UNMET"),
		&errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{
			{Field: "name", Description: "give one"}}},
		&errdetails.PreconditionFailure{Violations: []*errdetails.PreconditionFailure_Violation{
			{Type: "CONTACTS_VERIFIED", Description: "verify"}}},
		&errdetails.ResourceInfo{ResourceType: "Account", ResourceName: "accounts/a"},
		&errdetails.RetryInfo{RetryDelay: durationpb.New(time.Second)})))
	got := fmt.Sprint(details.Code, details.Reason, details.Metadata, details.Fields, details.Unmet,
		details.ResourceType, details.ResourceName, details.RetryDelay)
	want := "FailedPrecondition GATE_UNMET map[a:b] [{name give one}] [{CONTACTS_VERIFIED verify}]" +
		"Accountaccounts/a 1s"
	if strings.ReplaceAll(got, " ", "") != strings.ReplaceAll(want, " ", "") {
		t.Errorf("got %s", got)
	}
	other := reason("GATE_UNMET")
	other.Domain = "proxy.example.com"
	if DetailsOf(refused(codes.NotFound, other)).Reason != "" {
		t.Error("a reason of others is taken")
	}
}
