// Package throwaway has servers for integration tests: started in a moment, gone afterwards.
//
//	server := throwaway.New(t, throwaway.Options{Seed: "seed.textproto"})
//	connection, err := perennial.Connect(server.Target(), perennial.Options{})
package throwaway

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	startTimeout = 2 * time.Minute // migrations on a busy machine take their time
	stopTimeout  = time.Minute
	logTail      = 4000
)

// Options of New and Start, named as in the other languages. The zero value is a server without data
// whose clock stands at 2025-01-01.
type Options struct {
	Clock       string   // the day its clock stands at until ClockService moves it: 2025-01-01 where empty
	SystemClock bool     // instead, a clock that runs
	CopyOf      string   // a SQLite file that its database begins as a copy of
	Seed        string   // a file of resources that it holds: what `perennial import --mapping` takes
	SeedText    string   // the same as text
	SkipJobs    bool     // the jobs of the day do not run after that
	IDSeed      *uint64  // its ids are the same in every run, where calls come one after another
	MariaDB     bool     // a database of its own on the server that PERENNIAL_TEST_MYSQL names, dropped at the end
	Database    string   // another one, such as mysql://user@host:3306/name; it is not thrown away
	Flags       []string // further ones of perenniald
	Programs    string   // the folder of perenniald and perennial: see find
}

// Server is a perenniald of its own, with an SQLite database in a temporary folder, on a free port of
// loopback. The database outlives Kill, and not the machine: nothing waits for its disk. Not for several
// goroutines at once.
type Server struct {
	options Options
	folder  string
	mariaDB []string
	target  string
	filled  bool
	process *exec.Cmd
	ended   chan struct{}
}

// New starts one for a test, at whose end it goes. Where the test has failed by then, it prints what the
// server has to say.
func New(t testing.TB, options Options) *Server {
	t.Helper()
	server, err := Start(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(server.DescribeFailure())
		}
		server.Close()
	})
	return server
}

// Start is New outside of tests: it is to be closed.
func Start(options Options) (*Server, error) {
	folder, err := os.MkdirTemp("", "perennial-")
	if err != nil {
		return nil, err
	}
	server := &Server{options: options, folder: folder, target: "127.0.0.1:0"}
	if options.MariaDB {
		if server.mariaDB, err = mariaDBFlags(); err != nil {
			os.RemoveAll(folder)
			return nil, err
		}
	}
	if err := server.Start(); err != nil {
		server.Close()
		return nil, err
	}
	return server, nil
}

// Target is where it listens, such as "127.0.0.1:41234": the same when it is started again.
func (s *Server) Target() string { return s.target }

// Start serves again, after Stop and Kill, with what it held.
func (s *Server) Start() error {
	if s.process != nil {
		return errors.New("the server runs already: stop it before it is started again")
	}
	program, err := find("perenniald", s.options.Programs)
	if err != nil {
		return err
	}
	os.Remove(s.path("port"))
	log, err := os.OpenFile(s.path("log"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	process := exec.Command(program, s.arguments()...)
	process.Stdout, process.Stderr = log, log
	process.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := process.Start(); err != nil {
		return err
	}
	ended := make(chan struct{})
	go func() {
		process.Wait()
		close(ended)
	}()
	s.process, s.ended = process, ended
	if err := s.awaitPort(); err != nil {
		s.Kill()
		return err
	}
	if s.filled {
		return nil
	}
	if err := s.fill(); err != nil {
		s.Kill()
		return err
	}
	s.filled = true
	return nil
}

// Stop asks it to end (SIGTERM) and answers its exit code; -1 where it had to be killed, after a minute,
// or did not run.
func (s *Server) Stop() int {
	if s.process == nil {
		return -1
	}
	process := s.process
	process.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.ended:
	case <-time.After(stopTimeout):
	}
	s.Kill()
	return process.ProcessState.ExitCode()
}

// Kill takes it away in the middle of whatever it does (SIGKILL).
func (s *Server) Kill() {
	if s.process == nil {
		return
	}
	s.process.Process.Kill()
	<-s.ended
	s.process = nil
}

// Close ends it for good, with its database.
func (s *Server) Close() {
	s.Kill()
	if len(s.mariaDB) > 0 {
		// What was never served is not there.
		s.run("perenniald", append([]string{"drop"}, s.mariaDB...)...)
	}
	os.RemoveAll(s.folder)
}

// Log is what it wrote, all starts together.
func (s *Server) Log() string {
	log, _ := os.ReadFile(s.path("log"))
	return string(log)
}

// DescribeFailure is the end of the log, with the requests of calls that failed.
func (s *Server) DescribeFailure() string {
	log := s.Log()
	if len(log) > logTail {
		log = log[len(log)-logTail:]
	}
	return "The log of the server ends with:\n" + log
}

func (s *Server) path(name string) string { return filepath.Join(s.folder, name) }

func (s *Server) clock() string {
	if s.options.Clock == "" {
		return "2025-01-01"
	}
	return s.options.Clock
}

func (s *Server) arguments() []string {
	arguments := []string{"--throw-away", "--listen=" + s.target, "--port-file=" + s.path("port")}
	switch {
	case len(s.mariaDB) > 0:
		arguments = append(arguments, s.mariaDB...)
	case s.options.Database != "":
		arguments = append(arguments, "--database="+s.options.Database)
	default:
		arguments = append(arguments, "--database=sqlite:"+s.path("test.db"))
	}
	if !s.options.SystemClock {
		arguments = append(arguments, "--clock=manual:"+s.clock())
	}
	if s.options.CopyOf != "" {
		arguments = append(arguments, "--copy-of="+s.options.CopyOf)
	}
	if s.options.IDSeed != nil {
		arguments = append(arguments, "--id-seed="+strconv.FormatUint(*s.options.IDSeed, 10))
	}
	return append(arguments, s.options.Flags...)
}

func (s *Server) awaitPort() error {
	deadline := time.Now().Add(startTimeout)
	for {
		if port, err := os.ReadFile(s.path("port")); err == nil {
			s.target = "127.0.0.1:" + string(bytes.TrimSpace(port))
			return nil
		}
		select {
		case <-s.ended:
			return fmt.Errorf("perenniald has ended: %v\n%s", s.process.ProcessState, s.DescribeFailure())
		case <-time.After(5 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("perenniald does not serve\n%s", s.DescribeFailure())
		}
	}
}

// What it holds from the start.
func (s *Server) fill() error {
	var seeds []string
	if s.options.Seed != "" {
		seeds = append(seeds, s.options.Seed)
	}
	if s.options.SeedText != "" {
		seed := s.path("seed_text.textproto")
		if err := os.WriteFile(seed, []byte(s.options.SeedText), 0o600); err != nil {
			return err
		}
		seeds = append(seeds, seed)
	}
	for _, seed := range seeds {
		err := s.run("perennial", "--server="+s.target, "import", filepath.Dir(seed), "--mapping="+seed)
		if err != nil {
			return fmt.Errorf("%s cannot be imported: %w", seed, err)
		}
	}
	if len(seeds) == 0 || s.options.SkipJobs || s.options.SystemClock {
		return nil
	}
	return s.run("perennial", "--server="+s.target, "clock", "move", "--days=0")
}

func (s *Server) run(name string, arguments ...string) error {
	program, err := find(name, s.options.Programs)
	if err != nil {
		return err
	}
	if said, err := exec.Command(program, arguments...).CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s%s", err, said, s.DescribeFailure())
	}
	return nil
}

func mariaDBFlags() ([]string, error) {
	url := os.Getenv("PERENNIAL_TEST_MYSQL")
	if url == "" {
		return nil, errors.New("PERENNIAL_TEST_MYSQL is not set: run scripts/with-mariadb with the test as its " +
			"command, or set it to mysql://user@host:port of a server on which the user may create databases perennial_*")
	}
	id := make([]byte, 8)
	if _, err := rand.Read(id); err != nil {
		return nil, err
	}
	flags := []string{fmt.Sprintf("--database=%s/perennial_throw_away_%x", url, id)}
	if file := os.Getenv("PERENNIAL_TEST_MYSQL_PASSWORD_FILE"); file != "" {
		flags = append(flags, "--database-password-file="+file)
	}
	return flags, nil
}

// In the given folder; else in the one that PERENNIAL_BIN names; else in build/bin of this folder and
// those above it, and in PATH.
func find(name, programs string) (string, error) {
	var folders []string
	if programs == "" {
		programs = os.Getenv("PERENNIAL_BIN")
	}
	if programs != "" {
		folders = []string{programs}
	} else if folder, err := os.Getwd(); err == nil {
		for ; folder != filepath.Dir(folder); folder = filepath.Dir(folder) {
			folders = append(folders, filepath.Join(folder, "build/bin"))
		}
		folders = append(folders, strings.Split(os.Getenv("PATH"), ":")...)
	}
	for _, folder := range folders {
		program := filepath.Join(folder, name)
		if found, err := os.Stat(program); err == nil && !found.IsDir() {
			return program, nil
		}
	}
	return "", fmt.Errorf("there is no %s: build it (scripts/run does) and set PERENNIAL_BIN to the folder that "+
		"it is in, such as build/bin", name)
}
