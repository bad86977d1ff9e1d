package countersign.testing;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** AWS Signature Version 4: signed calls and tokens, with nothing but the JDK. */
final class Signing {
    static final String FORM = "application/x-www-form-urlencoded; charset=utf-8";
    private static final String ALGORITHM = "AWS4-HMAC-SHA256";
    private static final DateTimeFormatter MOMENT =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

    private Signing() {}

    /** For whom a signature counts, and from when. */
    record Scope(String region, String service, String timestamp) {
        static Scope now(String region, String service) {
            return new Scope(region, service, MOMENT.format(Instant.now()));
        }

        String date() {
            return timestamp.substring(0, 8);
        }

        String text() {
            return String.join("/", date(), region, service, "aws4_request");
        }
    }

    /** As a query has it: of what RFC 3986 leaves unreserved, nothing is escaped. */
    static String quoted(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20").replace("*", "%2A").replace("%7E", "~");
    }

    static String form(Map<String, String> parameters) {
        return parameters.entrySet().stream()
                .map(one -> quoted(one.getKey()) + "=" + quoted(one.getValue()))
                .collect(Collectors.joining("&"));
    }

    /** What goes in place of the password of a user at HOST:PORT, for 15 minutes. */
    static String databaseToken(Credentials credentials, String region, String endpoint, String user) {
        Scope scope = Scope.now(region, "rds-db");
        String query = form(new TreeMap<>(Map.of(
                "Action", "connect",
                "DBUser", user,
                "X-Amz-Algorithm", ALGORITHM,
                "X-Amz-Credential", credentials.accessKeyId() + "/" + scope.text(),
                "X-Amz-Date", scope.timestamp(),
                "X-Amz-Expires", "900",
                "X-Amz-SignedHeaders", "host")));
        String request = String.join("\n", "GET", "/", query, "host:" + endpoint, "", "host", digest(""));
        return endpoint + "/?" + query + "&X-Amz-Signature=" + sign(credentials, scope, request);
    }

    /** The header Authorization of a POST to `/` with a form. */
    static String authorization(Credentials credentials, Scope scope, String host, String body) {
        String signed = "content-type;host;x-amz-date";
        String request = String.join("\n", "POST", "/", "", "content-type:" + FORM, "host:" + host,
                "x-amz-date:" + scope.timestamp(), "", signed, digest(body));
        return ALGORITHM + " Credential=" + credentials.accessKeyId() + "/" + scope.text() + ", SignedHeaders=" + signed
                + ", Signature=" + sign(credentials, scope, request);
    }

    private static String sign(Credentials credentials, Scope scope, String request) {
        byte[] key = ("AWS4" + credentials.secretAccessKey()).getBytes(StandardCharsets.UTF_8);
        for (String part : new String[] {scope.date(), scope.region(), scope.service(), "aws4_request"})
            key = keyed(key, part);
        String text = String.join("\n", ALGORITHM, scope.timestamp(), scope.text(), digest(request));
        return HexFormat.of().formatHex(keyed(key, text));
    }

    private static byte[] keyed(byte[] key, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static String digest(String text) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
