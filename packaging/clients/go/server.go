// Package countersigntest gives tests a PostgreSQL with IAM database authentication. Everything is real: a server
// `countersign serve --ephemeral`, a PostgreSQL of its own, tokens that it judges.
package countersigntest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"
)

const patience = time.Minute

var apiVersions = map[string]string{"rds": "2014-10-31", "iam": "2010-05-08", "sts": "2011-06-15"}

// Error is a refusal of the API.
type Error struct {
	Action, Code, Message string
}

func (e *Error) Error() string { return fmt.Sprintf("%s: %s: %s", e.Action, e.Code, e.Message) }

// Options say how a server is started; the zero value will do.
type Options struct {
	Program string   // empty: COUNTERSIGN_PROGRAM, or countersign of the PATH
	Options []string // of `countersign serve`
}

// Server has an account and an administrator of its own. It ends with this process, however that ends: its standard
// input is a pipe from here.
type Server struct {
	URL, Region, Account string
	DataDir              string
	Bundle               string // file by which databases' certificates are verified, for sslrootcert
	Administrator        Credentials

	process   *exec.Cmd
	input     io.Closer
	log       *tail
	mutex     sync.Mutex
	instances int
}

// tail keeps the end of what is written to it.
type tail struct {
	mutex sync.Mutex
	text  []byte
}

func (t *tail) Write(piece []byte) (int, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.text = append(t.text, piece...)
	if excess := len(t.text) - 4000; excess > 0 {
		t.text = bytes.Clone(t.text[excess:])
	}
	return len(piece), nil
}

func (t *tail) String() string {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return string(t.text)
}

func programOf(options Options) (string, error) {
	for _, named := range []string{options.Program, os.Getenv("COUNTERSIGN_PROGRAM")} {
		if named != "" {
			return named, nil
		}
	}
	found, err := exec.LookPath("countersign")
	if err != nil {
		return "", errors.New("there is no program countersign on the PATH; name it with COUNTERSIGN_PROGRAM")
	}
	return found, nil
}

func without(environment []string, prefix string) []string {
	var kept []string
	for _, pair := range environment {
		if !strings.HasPrefix(pair, prefix) {
			kept = append(kept, pair)
		}
	}
	return kept
}

// Start starts a server. Stop it, or let it end with this process.
func Start(options Options) (*Server, error) {
	program, err := programOf(options)
	if err != nil {
		return nil, err
	}
	server := &Server{log: &tail{}}
	server.process = exec.Command(program, append([]string{"serve", "--ephemeral", "--end-with-stdin"}, options.Options...)...)
	server.process.Env = without(os.Environ(), "COUNTERSIGN_DATA_DIR=")
	server.process.Stderr = server.log
	server.input, err = server.process.StdinPipe()
	if err != nil {
		return nil, err
	}
	output, err := server.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := server.process.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(output).ReadBytes('\n')
	if err != nil {
		_ = server.process.Wait()
		return nil, fmt.Errorf("the server did not start: %s", server.Said())
	}
	if err := server.learn(line); err != nil {
		return nil, errors.Join(err, server.Stop())
	}
	return server, nil
}

var keyLine = regexp.MustCompile(`(?m)^aws_(access_key_id|secret_access_key) = (.*)$`)

func (s *Server) learn(line []byte) error {
	var ready struct {
		Listening, Region, Account string
		DataDir                    string `json:"data_dir"`
	}
	if err := json.Unmarshal(line, &ready); err != nil {
		return err
	}
	s.URL, s.Region, s.Account, s.DataDir = ready.Listening, ready.Region, ready.Account, ready.DataDir
	s.Bundle = filepath.Join(s.DataDir, "global-bundle.pem")
	keys, err := os.ReadFile(filepath.Join(s.DataDir, "credentials"))
	if err != nil {
		return err
	}
	found := map[string]string{}
	for _, match := range keyLine.FindAllSubmatch(keys, -1) {
		found[string(match[1])] = string(match[2])
	}
	s.Administrator = Credentials{found["access_key_id"], found["secret_access_key"]}
	return nil
}

// Said is the end of what it wrote about itself.
func (s *Server) Said() string { return s.log.String() }

// Stop ends it with its databases. Nothing is left when it returns.
func (s *Server) Stop() error {
	_ = s.input.Close()
	late := time.AfterFunc(patience, func() { _ = s.process.Process.Kill() })
	defer late.Stop()
	return s.process.Wait()
}

// Environment is for programs that ask by an AWS SDK or the AWS CLI, NAME=value each.
func (s *Server) Environment(whose Credentials) []string {
	return []string{"AWS_ENDPOINT_URL=" + s.URL, "AWS_ACCESS_KEY_ID=" + whose.AccessKeyID,
		"AWS_SECRET_ACCESS_KEY=" + whose.SecretAccessKey, "AWS_REGION=" + s.Region, "AWS_DEFAULT_REGION=" + s.Region}
}

// Answer is the text of each element of an answer, the first of its name.
type Answer map[string]string

func read(text []byte) Answer {
	answer := Answer{}
	decoder := xml.NewDecoder(bytes.NewReader(text))
	inside := ""
	for {
		token, err := decoder.Token()
		if err != nil {
			return answer
		}
		switch part := token.(type) {
		case xml.StartElement:
			inside = part.Name.Local
		case xml.CharData:
			if _, there := answer[inside]; !there && inside != "" {
				answer[inside] = string(part)
			}
		case xml.EndElement:
			inside = ""
		}
	}
}

// Its own, so that no proxy of the environment is asked.
var client = &http.Client{Transport: &http.Transport{Proxy: nil}, Timeout: patience}

// Call is an operation of rds, iam or sts as the administrator. A refusal is an *Error.
func (s *Server) Call(ctx context.Context, service, action string, parameters map[string]string) (Answer, error) {
	form := url.Values{"Action": {action}, "Version": {apiVersions[service]}}
	for name, value := range parameters {
		form.Set(name, value)
	}
	body := form.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+"/", strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	signed := callHeaders(s.Administrator, scope{s.Region, service, time.Now().UTC()}, request.URL.Host, body)
	for name, value := range signed {
		request.Header.Set(name, value)
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	answer := read(text)
	if response.StatusCode != http.StatusOK {
		return nil, &Error{action, answer["Code"], answer["Message"]}
	}
	return answer, nil
}
