package countersigntest

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"
)

const master = "postgres"

// Instance is a PostgreSQL server.
type Instance struct {
	Server         *Server
	Name           string
	Host           string
	Port           int
	ResourceID     string
	Master         string
	MasterPassword string

	mutex     sync.Mutex
	databases int
}

func random(bytes int) []byte {
	made := make([]byte, bytes)
	_, _ = rand.Read(made) // never fails
	return made
}

// CreateInstance makes a PostgreSQL of its own, IAM authentication on. The name may be empty; parameters are those of
// CreateDBInstance.
func (s *Server) CreateInstance(ctx context.Context, name string, parameters map[string]string) (*Instance, error) {
	s.mutex.Lock()
	s.instances++
	number := s.instances
	s.mutex.Unlock()
	if name == "" {
		name = fmt.Sprintf("test-%d", number)
	}
	instance := &Instance{Server: s, Name: name, Master: master, MasterPassword: base64.RawURLEncoding.EncodeToString(random(18))}
	wanted := map[string]string{"DBInstanceIdentifier": name, "Engine": "postgres", "DBInstanceClass": "db.t4g.micro",
		"AllocatedStorage": "20", "MasterUsername": master, "MasterUserPassword": instance.MasterPassword,
		"EnableIAMDatabaseAuthentication": "true"}
	for name, value := range parameters {
		wanted[name] = value
	}
	if _, err := s.Call(ctx, "rds", "CreateDBInstance", wanted); err != nil {
		return nil, err
	}
	return instance, instance.untilAvailable(ctx)
}

func (i *Instance) untilAvailable(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		told, err := i.Server.Call(ctx, "rds", "DescribeDBInstances", map[string]string{"DBInstanceIdentifier": i.Name})
		if err != nil {
			return err
		}
		switch told["DBInstanceStatus"] {
		case "available":
			i.Host, i.ResourceID = told["Address"], told["DbiResourceId"]
			i.Port, err = strconv.Atoi(told["Port"])
			return err
		case "failed":
			return fmt.Errorf("%s failed: %s", i.Name, i.Server.Said())
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s does not become available: %w", i.Name, ctx.Err())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Delete deletes the instance, with all that is in it.
func (i *Instance) Delete(ctx context.Context) error {
	_, err := i.Server.Call(ctx, "rds", "DeleteDBInstance", map[string]string{"DBInstanceIdentifier": i.Name, "SkipFinalSnapshot": "true"})
	return err
}

// Of the PATH, or of the newest PostgreSQL where Debian puts them.
func psqlProgram() (string, error) {
	if found, err := exec.LookPath("psql"); err == nil {
		return found, nil
	}
	installed, _ := filepath.Glob("/usr/lib/postgresql/*/bin/psql")
	version := func(path string) float64 {
		number, _ := strconv.ParseFloat(strings.Split(path, "/")[4], 64)
		return number
	}
	sort.Slice(installed, func(one, other int) bool { return version(installed[one]) > version(installed[other]) })
	if len(installed) == 0 {
		return "", errors.New("there is no program psql")
	}
	return installed[0], nil
}

// SQL is what psql prints of statements in the database postgres, each by itself, as the master user.
func (i *Instance) SQL(ctx context.Context, statements ...string) (string, error) {
	program, err := psqlProgram()
	if err != nil {
		return "", err
	}
	arguments := []string{"-XAtq", "-v", "ON_ERROR_STOP=1"}
	for _, statement := range statements {
		arguments = append(arguments, "--command="+statement)
	}
	running := exec.CommandContext(ctx, program, arguments...)
	running.Env = append(without(os.Environ(), "PG"), "PGHOST="+i.Host, fmt.Sprintf("PGPORT=%d", i.Port), "PGUSER="+master,
		"PGDATABASE=postgres", "PGPASSWORD="+i.MasterPassword, "PGSSLMODE=verify-full", "PGSSLROOTCERT="+i.Server.Bundle,
		"PGPASSFILE=/dev/null")
	var complaints strings.Builder
	running.Stderr = &complaints
	printed, err := running.Output()
	if err != nil {
		return "", fmt.Errorf("psql: %w: %s", err, strings.TrimSpace(complaints.String()))
	}
	return string(printed), nil
}

// Database belongs to a user of its own, who connects by token.
type Database struct {
	Instance    *Instance
	Name, User  string
	Host        string
	Port        int
	Principal   string // the IAM user
	Credentials Credentials
}

func identifier(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

var noIAMLetter = regexp.MustCompile(`[^\w+=,.@-]`)

// CreateDatabase makes a database that belongs to a new user, who may connect by token and has an access key of its own.
// An empty name is made up; an empty user is "app".
func (i *Instance) CreateDatabase(ctx context.Context, name, user string) (*Database, error) {
	i.mutex.Lock()
	i.databases++
	number := i.databases
	i.mutex.Unlock()
	if name == "" {
		name = fmt.Sprintf("test_%d", number)
	}
	if user == "" {
		user = "app"
	}
	plain := noIAMLetter.ReplaceAllString(user, "-")
	principal := plain[:min(len(plain), 40)] + "-" + hex.EncodeToString(random(4))
	database := &Database{Instance: i, Name: name, User: user, Host: i.Host, Port: i.Port, Principal: principal}
	return database, database.create(ctx)
}

func (d *Database) iam(ctx context.Context, action string, parameters map[string]string) (Answer, error) {
	wanted := map[string]string{"UserName": d.Principal}
	for name, value := range parameters {
		wanted[name] = value
	}
	return d.Instance.Server.Call(ctx, "iam", action, wanted)
}

// A user that is granted to the master user while it is a member of rds_iam would take that one's password away.
func (d *Database) create(ctx context.Context) error {
	user := identifier(d.User)
	if _, err := d.Instance.SQL(ctx, "CREATE USER "+user, "GRANT "+user+" TO "+master,
		"CREATE DATABASE "+identifier(d.Name)+" OWNER "+user, "REVOKE "+user+" FROM "+master, "GRANT rds_iam TO "+user); err != nil {
		return err
	}
	if _, err := d.iam(ctx, "CreateUser", nil); err != nil {
		return err
	}
	if err := d.Allow(ctx); err != nil {
		return err
	}
	key, err := d.iam(ctx, "CreateAccessKey", nil)
	d.Credentials = Credentials{key["AccessKeyId"], key["SecretAccessKey"]}
	return err
}

// Drop drops the database and its user, and deletes the access key.
func (d *Database) Drop(ctx context.Context) error {
	user := identifier(d.User)
	if _, err := d.Instance.SQL(ctx, "REVOKE rds_iam FROM "+user, "GRANT "+user+" TO "+master,
		"DROP DATABASE "+identifier(d.Name)+" WITH (FORCE)", "DROP USER "+user); err != nil {
		return err
	}
	if err := d.Deny(ctx); err != nil {
		return err
	}
	if _, err := d.iam(ctx, "DeleteAccessKey", map[string]string{"AccessKeyId": d.Credentials.AccessKeyID}); err != nil {
		return err
	}
	_, err := d.iam(ctx, "DeleteUser", nil)
	return err
}

// Allow puts the policy by which the user may connect, which is there from the start.
func (d *Database) Allow(ctx context.Context) error {
	server := d.Instance.Server
	arn := fmt.Sprintf("arn:aws:rds-db:%s:%s:dbuser:%s/%s", server.Region, server.Account, d.Instance.ResourceID, d.User)
	document, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": []map[string]string{
		{"Effect": "Allow", "Action": "rds-db:connect", "Resource": arn}}})
	if err != nil {
		return err
	}
	_, err = d.iam(ctx, "PutUserPolicy", map[string]string{"PolicyName": "connect", "PolicyDocument": string(document)})
	return err
}

// Deny takes that policy away: the next login is refused.
func (d *Database) Deny(ctx context.Context) error {
	_, err := d.iam(ctx, "DeleteUserPolicy", map[string]string{"PolicyName": "connect"})
	var refusal *Error
	if errors.As(err, &refusal) && refusal.Code == "NoSuchEntity" {
		return nil
	}
	return err
}

// Token is a new token: the password of one connection, for 15 minutes. Pools ask it before each (pgx: BeforeConnect).
func (d *Database) Token() string {
	return databaseToken(d.Credentials, d.Instance.Server.Region, fmt.Sprintf("%s:%d", d.Host, d.Port), d.User)
}

// DSN is a URL as libpq, pgx and lib/pq read it, with that password unless it is empty.
func (d *Database) DSN(password string) string {
	who := url.User(d.User)
	if password != "" {
		who = url.UserPassword(d.User, password)
	}
	return (&url.URL{Scheme: "postgresql", User: who, Host: fmt.Sprintf("%s:%d", d.Host, d.Port), Path: "/" + d.Name,
		RawQuery: url.Values{"sslmode": {"verify-full"}, "sslrootcert": {d.Instance.Server.Bundle}}.Encode()}).String()
}

// Environment is for an application of its own process: the access key, and where and as whom to connect.
func (d *Database) Environment() []string {
	return append(d.Instance.Server.Environment(d.Credentials), "PGHOST="+d.Host, fmt.Sprintf("PGPORT=%d", d.Port),
		"PGDATABASE="+d.Name, "PGUSER="+d.User, "PGSSLMODE=verify-full", "PGSSLROOTCERT="+d.Instance.Server.Bundle)
}
