package countersigntest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// Credentials are an access key. The secret is not printed.
type Credentials struct {
	AccessKeyID     string
	SecretAccessKey string
}

// String shows the key's id alone.
func (c Credentials) String() string { return c.AccessKeyID }

// GoString shows the key's id alone.
func (c Credentials) GoString() string { return c.AccessKeyID }

// For whom a signature counts, and from when.
type scope struct {
	region, service string
	moment          time.Time
}

func (s scope) date() string      { return s.moment.Format("20060102") }
func (s scope) timestamp() string { return s.moment.Format("20060102T150405Z") }
func (s scope) text() string {
	return strings.Join([]string{s.date(), s.region, s.service, "aws4_request"}, "/")
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func keyed(key []byte, text string) []byte {
	made := hmac.New(sha256.New, key)
	made.Write([]byte(text))
	return made.Sum(nil)
}

func (s scope) sign(secret, request string) string {
	key := []byte("AWS4" + secret)
	for _, part := range []string{s.date(), s.region, s.service, "aws4_request"} {
		key = keyed(key, part)
	}
	text := fmt.Sprintf("AWS4-HMAC-SHA256\n%s\n%s\n%s", s.timestamp(), s.text(), digest(request))
	return hex.EncodeToString(keyed(key, text))
}

// databaseToken is what goes in place of the password of a user at HOST:PORT, for 15 minutes.
func databaseToken(credentials Credentials, region, endpoint, user string) string {
	made := scope{region, "rds-db", time.Now().UTC()}
	query := strings.ReplaceAll(url.Values{
		"Action":              {"connect"},
		"DBUser":              {user},
		"X-Amz-Algorithm":     {"AWS4-HMAC-SHA256"},
		"X-Amz-Credential":    {credentials.AccessKeyID + "/" + made.text()},
		"X-Amz-Date":          {made.timestamp()},
		"X-Amz-Expires":       {"900"},
		"X-Amz-SignedHeaders": {"host"},
	}.Encode(), "+", "%20")
	request := fmt.Sprintf("GET\n/\n%s\nhost:%s\n\nhost\n%s", query, endpoint, digest(""))
	return fmt.Sprintf("%s/?%s&X-Amz-Signature=%s", endpoint, query, made.sign(credentials.SecretAccessKey, request))
}

// callHeaders are those of a POST to `/` with a form, but for Host.
func callHeaders(credentials Credentials, made scope, host, body string) map[string]string {
	const form, signed = "application/x-www-form-urlencoded; charset=utf-8", "content-type;host;x-amz-date"
	request := fmt.Sprintf("POST\n/\n\ncontent-type:%s\nhost:%s\nx-amz-date:%s\n\n%s\n%s", form, host, made.timestamp(), signed,
		digest(body))
	return map[string]string{
		"Content-Type": form,
		"X-Amz-Date":   made.timestamp(),
		"Authorization": fmt.Sprintf("AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s", credentials.AccessKeyID,
			made.text(), signed, made.sign(credentials.SecretAccessKey, request)),
	}
}
