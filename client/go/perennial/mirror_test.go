package perennial

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	v1 "perennial/v1"
)

type events chan Event[*v1.Account]

// wants takes the next events: "added accounts/a", "synced".
func (e events) wants(t *testing.T, want ...string) {
	t.Helper()
	for _, each := range want {
		event := <-e
		if got := strings.TrimSpace(string(event.Kind) + " " + event.Name); got != each {
			t.Fatalf("want %q, got %q, %v", each, got, event.Err)
		}
	}
}

func TestMirrorFollowsWhatItsFilterFinds(t *testing.T) {
	server := startServer(t)
	connection := server.connect(Options{})
	accounts, history := v1.NewAccountServiceClient(connection), v1.NewHistoryServiceClient(connection)
	ctx := patience(t)
	create := func(id, segment string) {
		if _, err := accounts.CreateAccount(ctx, &v1.CreateAccountRequest{AccountId: id,
			Account: &v1.Account{DisplayName: id, Segment: segment}}); err != nil {
			t.Fatal(err)
		}
	}
	update := func(account *v1.Account) {
		if _, err := accounts.UpdateAccount(ctx, &v1.UpdateAccountRequest{Account: account}); err != nil {
			t.Fatal(err)
		}
	}
	create("a", "big")
	create("b", "small")
	seen := make(events, 100)
	mirror, err := NewMirror(ctx, accounts.ListAccounts, &v1.ListAccountsRequest{Filter: `segment = "big"`},
		history, func(event Event[*v1.Account]) { seen <- event })
	if err != nil {
		t.Fatal(err)
	}
	defer mirror.Close()
	if err := mirror.Wait(ctx); err != nil {
		t.Fatal(err)
	}
	seen.wants(t, "added accounts/a", "synced")
	update(&v1.Account{Name: "accounts/b", Segment: "big"})
	seen.wants(t, "added accounts/b")
	update(&v1.Account{Name: "accounts/a", DisplayName: "A"})
	seen.wants(t, "changed accounts/a")
	update(&v1.Account{Name: "accounts/a", Segment: "small"})
	seen.wants(t, "removed accounts/a")

	server.kill()
	seen.wants(t, "broken")
	if mirror.Err() == nil {
		t.Error("nothing says why")
	}
	server.start()
	if err := mirror.Wait(ctx); err != nil {
		t.Fatal(err)
	}
	seen.wants(t, "synced")
	create("c", "big")
	seen.wants(t, "added accounts/c")
	if _, err := accounts.DeleteAccount(ctx, &v1.DeleteAccountRequest{Name: "accounts/b"}); err != nil {
		t.Fatal(err)
	}
	seen.wants(t, "removed accounts/b")
	if account, ok := mirror.Get("accounts/c"); !ok || account.DisplayName != "c" || len(mirror.Snapshot()) != 1 {
		t.Errorf("%v", mirror.Snapshot())
	}
}

func TestMirrorEndsWhereTheFilterIsWrong(t *testing.T) {
	connection := startServer(t).connect(Options{})
	mirror, err := NewMirror[*v1.Account](patience(t), v1.NewAccountServiceClient(connection).ListAccounts,
		&v1.ListAccountsRequest{Filter: "nonsense = 1"}, v1.NewHistoryServiceClient(connection), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := mirror.Wait(patience(t)); DetailsOf(err).Reason != "INVALID_FILTER" {
		t.Error(err)
	}
	<-mirror.Done()
	if _, err := NewMirror[*v1.Change](patience(t), v1.NewHistoryServiceClient(connection).ListChanges,
		&v1.ListChangesRequest{}, v1.NewHistoryServiceClient(connection), nil); err == nil {
		t.Error("changes are mirrored")
	}
}

// A server of which every list and every stream is said beforehand; the last list again and again.
type fakeLists struct {
	v1.UnimplementedPipelineServiceServer
	v1.UnimplementedHistoryServiceServer
	mutex   sync.Mutex
	lists   []any // []string, names of opportunities, or an error
	streams [][]any
	asked   chan *v1.ListOpportunitiesRequest
	watched []*v1.WatchRequest
}

func (f *fakeLists) ListOpportunities(_ context.Context,
	request *v1.ListOpportunitiesRequest) (*v1.ListOpportunitiesResponse, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.asked <- request
	found := f.lists[0]
	if len(f.lists) > 1 {
		f.lists = f.lists[1:]
	}
	if err, isError := found.(error); isError {
		return nil, err
	}
	response := &v1.ListOpportunitiesResponse{ResumeToken: "list"}
	for _, name := range found.([]string) {
		response.Opportunities = append(response.Opportunities, &v1.Opportunity{Name: name})
	}
	return response, nil
}

func (f *fakeLists) Watch(request *v1.WatchRequest, stream v1.HistoryService_WatchServer) error {
	f.mutex.Lock()
	f.watched = append(f.watched, request)
	var say []any
	if len(f.streams) > 0 {
		say, f.streams = f.streams[0], f.streams[1:]
	}
	f.mutex.Unlock()
	for _, each := range say {
		if err, isError := each.(error); isError {
			return err
		}
		if err := stream.Send(each.(*v1.WatchResponse)); err != nil {
			return err
		}
	}
	<-stream.Context().Done()
	return nil
}

func changed(names ...string) *v1.WatchResponse {
	response := &v1.WatchResponse{ResumeToken: "after"}
	for _, name := range names {
		kind := "Account"
		if strings.Contains(name, "/opportunities/") {
			kind = "Opportunity"
		}
		response.Changes = append(response.Changes, &v1.Change{ResourceName: name, ResourceType: kind,
			Operation: v1.Change_UPDATED})
	}
	return response
}

func (f *fakeLists) mirror(t *testing.T, request *v1.ListOpportunitiesRequest) *Mirror[*v1.Opportunity] {
	t.Helper()
	f.asked = make(chan *v1.ListOpportunitiesRequest, 100)
	connection := serveFake(t, func(s *grpc.Server) {
		v1.RegisterPipelineServiceServer(s, f)
		v1.RegisterHistoryServiceServer(s, f)
	}, 0)
	ctx := patience(t)
	mirror, err := NewMirror[*v1.Opportunity](ctx, v1.NewPipelineServiceClient(connection).ListOpportunities,
		request, v1.NewHistoryServiceClient(connection), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(mirror.Close)
	if err := mirror.Wait(ctx); err != nil {
		t.Fatal(err)
	}
	return mirror
}

func names(mirror *Mirror[*v1.Opportunity]) string {
	var names []string
	for _, each := range mirror.Sorted(func(a, b *v1.Opportunity) bool { return a.Name < b.Name }) {
		names = append(names, strings.ReplaceAll(each.Name, "opportunities", "o"))
	}
	return strings.Join(names, " ")
}

func TestMirrorAsksAgainInBatches(t *testing.T) {
	var many []string
	for i := 0; i < 120; i++ {
		many = append(many, fmt.Sprintf("accounts/a/opportunities/%d", i))
	}
	f := &fakeLists{lists: []any{[]string{}}, streams: [][]any{{changed(many...)}}}
	f.mirror(t, &v1.ListOpportunitiesRequest{Parent: "accounts/-", Filter: "outcome = OPEN"})
	<-f.asked
	var all string
	for i := 0; i < 3; i++ {
		filter := (<-f.asked).Filter
		if !strings.HasPrefix(filter, `(outcome = OPEN) AND (name = "`) || len(filter) > longestFilter ||
			strings.Count(filter, "name =") > namesAtOnce {
			t.Error(filter)
		}
		all += filter
	}
	for _, name := range many {
		if strings.Count(all, `"`+name+`"`) != 1 {
			t.Errorf("%s is not asked for once", name)
		}
	}
}

func TestMirrorAsksForWhatIsBelowAChangedAccount(t *testing.T) {
	f := &fakeLists{lists: []any{[]string{"accounts/a/opportunities/1", "accounts/ab/opportunities/1"},
		[]string{"accounts/a/opportunities/2"}}, streams: [][]any{{changed("accounts/a")}}}
	mirror := f.mirror(t, &v1.ListOpportunitiesRequest{Parent: "accounts/-", Filter: "f"})
	<-f.asked
	if again := <-f.asked; again.Parent != "accounts/a" || again.Filter != "f" {
		t.Error(again)
	}
	if got := names(mirror); got != "accounts/a/o/2 accounts/ab/o/1" {
		t.Error(got)
	}
}

func TestMirrorListsAnewWhereTheTokenIsExpired(t *testing.T) {
	f := &fakeLists{lists: []any{[]string{"accounts/a/opportunities/1"}, []string{"accounts/a/opportunities/2"}},
		streams: [][]any{{refused(codes.OutOfRange, reason("RESUME_TOKEN_EXPIRED"))}, {changed()}}}
	if got := names(f.mirror(t, &v1.ListOpportunitiesRequest{Parent: "accounts/-"})); got != "accounts/a/o/2" {
		t.Error(got)
	}
}

func TestMirrorKeepsItsPlaceUntilWhatChangedWasAsked(t *testing.T) {
	one := []any{changed("accounts/a/opportunities/1")}
	f := &fakeLists{lists: []any{[]string{}, refused(codes.DeadlineExceeded),
		[]string{"accounts/a/opportunities/1"}}, streams: [][]any{one, one}}
	mirror := f.mirror(t, &v1.ListOpportunitiesRequest{Parent: "accounts/-"})
	if got := names(mirror); got != "accounts/a/o/1" || f.watched[1].ResumeToken != "list" {
		t.Error(got, f.watched)
	}
}

func TestMirrorOfOneAccountWatchesIt(t *testing.T) {
	f := &fakeLists{lists: []any{[]string{}}, streams: [][]any{{changed()}}}
	f.mirror(t, &v1.ListOpportunitiesRequest{Parent: "accounts/a"})
	first := f.watched[0]
	if got := fmt.Sprint(first.Accounts, first.ResourceTypes, first.ResumeToken); got !=
		"[accounts/a] [Opportunity Account]list" {
		t.Error(got)
	}
}

func TestMirrorListsAllWhereTheFilterBearsNoMore(t *testing.T) {
	f := &fakeLists{lists: []any{[]string{}, refused(codes.InvalidArgument, reason("INVALID_FILTER")),
		[]string{"accounts/a/opportunities/1"}}, streams: [][]any{{changed("accounts/a/opportunities/1")}}}
	mirror := f.mirror(t, &v1.ListOpportunitiesRequest{Parent: "accounts/-", Filter: "long"})
	if got := names(mirror); got != "accounts/a/o/1" {
		t.Error(got)
	}
}
