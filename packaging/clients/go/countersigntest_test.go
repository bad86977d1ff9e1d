package countersigntest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A test binary that this one starts, to see what is left of it.
func TestMain(m *testing.M) {
	if os.Getenv("COUNTERSIGN_TEST_KILLED") == "" {
		os.Exit(m.Run())
	}
	instance, err := shared()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Print(instance.Server.DataDir)
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
}

func psql(database *Database, password, sql string) (string, error) {
	running := exec.Command("psql", "-XAtc", sql, database.DSN(password))
	running.Env = append(without(os.Environ(), "PG"), "PGPASSFILE=/dev/null")
	var complaints strings.Builder
	running.Stderr = &complaints
	printed, err := running.Output()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, complaints.String())
	}
	return strings.TrimSpace(string(printed)), nil
}

func expect(t *testing.T, database *Database, password, sql, answer string) {
	t.Helper()
	if got, err := psql(database, password, sql); err != nil || got != answer {
		t.Fatalf("%s: %q, %v", sql, got, err)
	}
}

func expectRefused(t *testing.T, database *Database, password string) {
	t.Helper()
	_, err := psql(database, password, "SELECT 1")
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("PAM authentication failed for user %q", database.User)) {
		t.Fatalf("not refused: %v", err)
	}
}

func TestATokenIsThePassword(t *testing.T) {
	t.Parallel()
	database := ForTest(t)
	expect(t, database, database.Token(), "SELECT session_user || ' ' || current_database()", database.User+" "+database.Name)
	expect(t, database, database.Token(), "CREATE TABLE mine (id int)", "CREATE TABLE")
	expect(t, database, database.Token(), "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()", "t")
}

func TestAnotherPasswordIsRefusedAndWhatNoPolicyAllows(t *testing.T) {
	t.Parallel()
	database, other := ForTest(t), ForTest(t)
	expectRefused(t, database, "not-a-token")
	expectRefused(t, database, other.Token())
	if err := database.Deny(context.Background()); err != nil {
		t.Fatal(err)
	}
	expectRefused(t, database, database.Token())
	if err := database.Allow(context.Background()); err != nil {
		t.Fatal(err)
	}
	expect(t, database, database.Token(), "SELECT 1", "1")
}

func TestNamesMayNeedQuoting(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	instance, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	database, err := instance.CreateDatabase(ctx, `a"b`, `o"hara+1 ~ @x`)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, database, database.Token(), "SELECT session_user", `o"hara+1 ~ @x`)
	if err := database.Drop(ctx); err != nil {
		t.Fatal(err)
	}
}

func TestProgramsGetAnEnvironment(t *testing.T) {
	t.Parallel()
	database := ForTest(t)
	running := exec.Command("psql", "-XAtc", "SELECT session_user")
	running.Env = append(database.Environment(), "PATH="+os.Getenv("PATH"), "PGPASSWORD="+database.Token())
	if printed, err := running.Output(); err != nil || string(printed) != database.User+"\n" {
		t.Fatalf("%q, %v", printed, err)
	}
}

func TestTheAPIRefusesByItsCodes(t *testing.T) {
	t.Parallel()
	instance, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	_, err = instance.Server.CreateInstance(context.Background(), instance.Name, nil)
	var refusal *Error
	if !errors.As(err, &refusal) || refusal.Code != "DBInstanceAlreadyExists" {
		t.Fatal(err)
	}
}

func TestAServerThatDoesNotStartSaysWhy(t *testing.T) {
	t.Parallel()
	_, err := Start(Options{Options: []string{"--account-id", "12"}})
	if err == nil || !strings.Contains(err.Error(), "an account id has 12 digits") {
		t.Fatal(err)
	}
}

func TestNothingIsLeftOfOneThatWasStopped(t *testing.T) {
	t.Parallel()
	server, err := Start(Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := server.CreateInstance(context.Background(), "", nil); err != nil {
		t.Fatal(err)
	}
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(server.DataDir); !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
}

func TestNothingIsLeftOfABinaryThatIsKilled(t *testing.T) {
	t.Parallel()
	running := exec.Command(os.Args[0])
	running.Env = append(os.Environ(), "COUNTERSIGN_TEST_KILLED=yes")
	printed, _ := running.Output()
	directory := string(printed)
	if !strings.Contains(directory, "countersign-") {
		t.Fatalf("%q", directory)
	}
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		if _, err := os.Stat(directory); errors.Is(err, os.ErrNotExist) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s is still there", directory)
		}
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	t.Parallel()
	whose := Credentials{"AKIAEXAMPLE", "the-secret"}
	for _, text := range []string{fmt.Sprint(whose), fmt.Sprintf("%v %+v %#v", whose, whose, whose)} {
		if strings.Contains(text, "the-secret") {
			t.Fatal(text)
		}
	}
}
