package countersigntest

import (
	"context"
	"fmt"
	"sync"
	"testing"
)

// The server of this test binary, with one PostgreSQL, from its first use to its end.
var shared = sync.OnceValues(func() (*Instance, error) {
	server, err := Start(Options{})
	if err != nil {
		return nil, err
	}
	return server.CreateInstance(context.Background(), "", nil)
})

var (
	numbers sync.Mutex
	number  int
)

// ForTest makes a database for a test, dropped after it, in a server that all tests of the binary share. Tests may run in
// parallel: each has a user of its own, "app_1" and so on.
func ForTest(t testing.TB) *Database {
	t.Helper()
	instance, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	numbers.Lock()
	number++
	user := fmt.Sprintf("app_%d", number)
	numbers.Unlock()
	database, err := instance.CreateDatabase(context.Background(), "", user)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := database.Drop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return database
}
