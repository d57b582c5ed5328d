package perennial

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"strings"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	v1 "perennial/v1"
)

const (
	// Where more than so many have changed at once, all are listed again.
	mostNames    = 1000
	mostAccounts = 50
)

// EventKind says what happened to a mirror.
type EventKind string

const (
	Added   EventKind = "added"
	Changed EventKind = "changed"
	Removed EventKind = "removed"
	Synced  EventKind = "synced" // the mirror is current, at first and again after a break
	Broken  EventKind = "broken" // it may not be, until Synced
)

// Event is one thing that happened to a mirror.
type Event[Item any] struct {
	Kind   EventKind
	Name   string // of the item; else empty
	Before Item   // nil where it was added, and without an item
	After  Item   // nil where it was removed, and without an item
	Err    error  // with Broken, what was wrong
}

// Mirror is the items of a List method by their names, kept current by a goroutine of its own. Safe for
// concurrent use. The items are not copied: do not change them (proto.Clone makes one to edit).
type Mirror[Item proto.Message] struct {
	cancel context.CancelFunc
	done   chan struct{}
	listen func(Event[Item])

	mutex   sync.Mutex
	changed *sync.Cond
	items   map[string]Item
	synced  bool
	broken  bool
	err     error
}

// NewMirror starts one, which ends with the context or Close:
//
//	renewals, err := perennial.NewMirror[*v1.Opportunity](ctx, pipeline.ListOpportunities,
//		&v1.ListOpportunitiesRequest{Parent: "accounts/-", Filter: "outcome = OPEN"}, history, nil)
//
// It lists, watches, and asks the list again about whatever changes, so that the request may have any
// filter: the server alone judges it. A change of an account asks again about what is below it. What
// comes true by the passing of days alone, as in ListTasks' `due`, is not seen until something changes.
//
// It goes on by itself after breaks, for as long as they take. Where the history that it has missed is
// gone it lists anew, and tells what differs. An error that does not pass, such as a filter that is
// wrong, ends it: see Wait and Err.
//
// `listen`, where it is not nil, is called with every event in the mirror's goroutine, which waits for
// it. The error is of a method that does not list resources of the type.
func NewMirror[Item proto.Message, Request, Response any](ctx context.Context,
	method func(context.Context, *Request, ...grpc.CallOption) (*Response, error), request *Request,
	history v1.HistoryServiceClient, listen func(Event[Item])) (*Mirror[Item], error) {
	listing, err := newListing[Item](method, request)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	m := &Mirror[Item]{cancel: cancel, done: make(chan struct{}), listen: listen, items: map[string]Item{}}
	m.changed = sync.NewCond(&m.mutex)
	go func() {
		err := run[Item](ctx, m, listing, history)
		m.end(err)
	}()
	return m, nil
}

// Wait returns nil once the mirror is current: at once where it is. What has ended it, or the context's
// error, with the last one of the mirror in its text.
func (m *Mirror[Item]) Wait(ctx context.Context) error {
	woken := make(chan struct{})
	defer close(woken)
	go func() { // a sync.Cond knows no contexts
		select {
		case <-ctx.Done():
			m.mutex.Lock()
			defer m.mutex.Unlock()
			m.changed.Broadcast()
		case <-woken:
		}
	}()
	m.mutex.Lock()
	defer m.mutex.Unlock()
	for !m.synced {
		select {
		case <-m.done:
			return m.err
		default:
		}
		if ctx.Err() != nil {
			return fmt.Errorf("the mirror is not current (%v): %w", m.err, ctx.Err())
		}
		m.changed.Wait()
	}
	return nil
}

// Err is what keeps the mirror from being current, or has ended it; nil while it is current.
func (m *Mirror[Item]) Err() error {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return m.err
}

// Done is closed when the mirror has ended: Err says why.
func (m *Mirror[Item]) Done() <-chan struct{} { return m.done }

// Close ends it, and waits for that. The items stay as they were last. Not to be called by `listen`.
func (m *Mirror[Item]) Close() {
	m.cancel()
	<-m.done
}

// Snapshot is the items as they are now, by name.
func (m *Mirror[Item]) Snapshot() map[string]Item {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	items := make(map[string]Item, len(m.items))
	for name, item := range m.items {
		items[name] = item
	}
	return items
}

// Sorted is the items as they are now, in the order that `less` says; those that are equal by name.
func (m *Mirror[Item]) Sorted(less func(a, b Item) bool) []Item {
	snapshot := m.Snapshot()
	names := make([]string, 0, len(snapshot))
	for name := range snapshot {
		names = append(names, name)
	}
	sort.Strings(names)
	sort.SliceStable(names, func(i, j int) bool { return less(snapshot[names[i]], snapshot[names[j]]) })
	items := make([]Item, len(names))
	for i, name := range names {
		items[i] = snapshot[name]
	}
	return items
}

// Get answers the item of a name, if the mirror has it.
func (m *Mirror[Item]) Get(name string) (Item, bool) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	item, ok := m.items[name]
	return item, ok
}

func run[Item proto.Message, Request, Response any](ctx context.Context, m *Mirror[Item],
	l *listing[Request, Response, Item], history v1.HistoryServiceClient) error {
	token, failures := "", 0
	for {
		err := follow(ctx, m, l, history, &token)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		expired := DetailsOf(err).Reason == "RESUME_TOKEN_EXPIRED"
		if expired {
			token = ""
		} else if !passes(err) && statusOf(err).Code() != codes.DeadlineExceeded {
			return err
		}
		if failures++; m.breakOff(err) {
			failures = 1
		}
		// What is expired is not back after a wait.
		if expired && failures == 1 {
			continue
		}
		if err := pause(ctx, backoffAfter(failures, DetailsOf(err).RetryDelay)); err != nil {
			return err
		}
	}
}

// Lists where there is no token, and watches until something breaks off. The token is kept only once
// what changed before it was taken.
func follow[Item proto.Message, Request, Response any](ctx context.Context, m *Mirror[Item],
	l *listing[Request, Response, Item], history v1.HistoryServiceClient, token *string) error {
	if *token == "" {
		items, first, err := l.all(ctx)
		if err != nil {
			return err
		}
		m.replaceAll(items)
		*token = first
	}
	request := l.watch()
	request.ResumeToken = *token
	return Watch(ctx, history, request, func(response *v1.WatchResponse) error {
		if err := take(ctx, m, l, response.Changes); err != nil {
			return err
		}
		*token = response.ResumeToken
		m.becomeSynced()
		return nil
	}, func(err error) { m.breakOff(err) })
}

// What changed one after the other may be asked for all at once: the list is asked afterwards.
func take[Item proto.Message, Request, Response any](ctx context.Context, m *Mirror[Item],
	l *listing[Request, Response, Item], changes []*v1.Change) error {
	deleted, accounts := map[string]bool{}, map[string]bool{}
	for _, change := range changes {
		if l.isItem(change) {
			// The last of each: what was deleted may have been made again.
			deleted[change.ResourceName] = change.Operation == v1.Change_DELETED
		} else if l.isAbove(change) {
			accounts[change.ResourceName] = true
		}
	}
	var names, gone []string
	for name := range deleted {
		if deleted[name] {
			gone = append(gone, name)
		} else {
			names = append(names, name)
		}
	}
	m.replace(gone, nil)
	if len(names) > mostNames || len(accounts) > mostAccounts {
		return listAnew(ctx, m, l)
	}
	items, err := l.named(ctx, names)
	if err != nil && strings.HasPrefix(DetailsOf(err).Reason, "INVALID_FI") {
		// The filter is right alone, and too long or too deep for more.
		return listAnew(ctx, m, l)
	}
	if err != nil {
		return err
	}
	m.replace(names, items)
	for account := range accounts {
		items, err := l.below(ctx, account)
		if err != nil {
			return err
		}
		m.replace(m.below(account), items)
	}
	return nil
}

func listAnew[Item proto.Message, Request, Response any](ctx context.Context, m *Mirror[Item],
	l *listing[Request, Response, Item]) error {
	items, _, err := l.all(ctx)
	if err == nil {
		m.replaceAll(items)
	}
	return err
}

func (m *Mirror[Item]) below(account string) []string {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	var names []string
	for name := range m.items {
		if strings.HasPrefix(name, account+"/") {
			names = append(names, name)
		}
	}
	return names
}

func (m *Mirror[Item]) replaceAll(items map[string]Item) {
	m.mutex.Lock()
	names := make([]string, 0, len(m.items))
	for name := range m.items {
		names = append(names, name)
	}
	m.mutex.Unlock()
	m.replace(names, items)
}

// Makes the named items, and those that are given, what is given; what is not is gone.
func (m *Mirror[Item]) replace(names []string, items map[string]Item) {
	all := map[string]bool{}
	for _, name := range names {
		all[name] = true
	}
	for name := range items {
		all[name] = true
	}
	var events []Event[Item]
	m.mutex.Lock()
	for name := range all {
		before, had := m.items[name]
		after, has := items[name]
		event := Event[Item]{Name: name, Before: before, After: after}
		switch {
		case had && has && proto.Equal(before, after), !had && !has:
			continue
		case !had:
			event.Kind = Added
		case !has:
			event.Kind = Removed
		default:
			event.Kind = Changed
		}
		if has {
			m.items[name] = after
		} else {
			delete(m.items, name)
		}
		events = append(events, event)
	}
	m.mutex.Unlock()
	sort.Slice(events, func(i, j int) bool { return events[i].Name < events[j].Name })
	for _, event := range events {
		m.tell(event)
	}
}

func (m *Mirror[Item]) becomeSynced() {
	m.mutex.Lock()
	was := m.synced
	m.synced, m.broken, m.err = true, false, nil
	m.changed.Broadcast()
	m.mutex.Unlock()
	if !was {
		m.tell(Event[Item]{Kind: Synced})
	}
}

// Answers whether it was current until now.
func (m *Mirror[Item]) breakOff(err error) bool {
	m.mutex.Lock()
	wasSynced, wasBroken := m.synced, m.broken
	m.synced, m.broken, m.err = false, true, err
	m.mutex.Unlock()
	if !wasBroken {
		m.tell(Event[Item]{Kind: Broken, Err: err})
	}
	return wasSynced
}

func (m *Mirror[Item]) end(err error) {
	if errors.Is(err, context.Canceled) {
		err = context.Canceled
	}
	m.mutex.Lock()
	m.synced, m.err = false, err
	close(m.done)
	m.changed.Broadcast()
	m.mutex.Unlock()
}

func (m *Mirror[Item]) tell(event Event[Item]) {
	if m.listen != nil {
		m.listen(event)
	}
}
