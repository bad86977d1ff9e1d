package countersign.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/**
 * A server {@code countersign serve --ephemeral}, with an account and an administrator of its own. It ends with this process,
 * however that ends: its standard input is a pipe from here.
 */
public final class Server implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int SAID_MAX = 4000;
    private static final Map<String, String> VERSIONS = Map.of("rds", "2014-10-31", "iam", "2010-05-08", "sts", "2011-06-15");

    private final Process process;
    private final StringBuffer said = new StringBuffer();
    private final HttpClient http = HttpClient.newBuilder().proxy(HttpClient.Builder.NO_PROXY).build();
    private final AtomicInteger instances = new AtomicInteger();
    private final String ready;
    private final Credentials administrator;

    private Server(Process process) throws IOException {
        this.process = process;
        Thread listener = new Thread(this::listen, "countersign-said");
        listener.setDaemon(true);
        listener.start();
        BufferedReader output = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        String line = output.readLine();
        if (line == null) {
            joined(listener);
            throw new CountersignException("the server did not start: " + said());
        }
        ready = line;
        String keys = Files.readString(dataDir().resolve("credentials"));
        administrator = new Credentials(found("(?m)^aws_access_key_id = (.*)$", keys), found("(?m)^aws_secret_access_key = (.*)$", keys));
    }

    /** Starts a server; options are those of {@code countersign serve}. */
    public static Server start(String... options) {
        List<String> command = new ArrayList<>(List.of(Programs.countersign(), "serve", "--ephemeral", "--end-with-stdin"));
        command.addAll(List.of(options));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().remove("COUNTERSIGN_DATA_DIR");
        try {
            return new Server(builder.start());
        } catch (IOException failure) {
            throw new CountersignException("the server did not start: " + failure.getMessage(), failure);
        }
    }

    private static void joined(Thread thread) {
        try {
            thread.join(PATIENCE.toMillis());
        } catch (InterruptedException wanted) {
            Thread.currentThread().interrupt();
        }
    }

    private void listen() {
        byte[] piece = new byte[8192];
        try (InputStream errors = process.getErrorStream()) {
            for (int length = errors.read(piece); length >= 0; length = errors.read(piece)) {
                said.append(new String(piece, 0, length, StandardCharsets.UTF_8));
                if (said.length() > SAID_MAX) said.delete(0, said.length() - SAID_MAX);
            }
        } catch (IOException closed) {
            return;  // it has ended
        }
    }

    private static String found(String pattern, String text) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        if (!matcher.find()) throw new CountersignException("the server did not say " + pattern);
        return matcher.group(1);
    }

    // The values that are asked for hold nothing that JSON escapes.
    private String told(String name) {
        return found("\"" + name + "\":\"([^\"\\\\]*)\"", ready);
    }

    public String url() {
        return told("listening");
    }

    public String region() {
        return told("region");
    }

    public String account() {
        return told("account");
    }

    public Path dataDir() {
        return Path.of(told("data_dir"));
    }

    /** The file by which databases' certificates are verified, for sslrootcert. */
    public Path bundle() {
        return dataDir().resolve("global-bundle.pem");
    }

    public Credentials administrator() {
        return administrator;
    }

    /** The end of what it wrote about itself. */
    public String said() {
        return said.toString();
    }

    /** Ends it with its databases: nothing is left when this returns. */
    @Override
    public void close() {
        try {
            process.getOutputStream().close();
            if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) process.destroyForcibly().waitFor();
        } catch (IOException ended) {
            process.destroyForcibly();
        } catch (InterruptedException wanted) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    /** For programs that ask by an AWS SDK or the AWS CLI. */
    public Map<String, String> environment(Credentials whose) {
        return Map.of("AWS_ENDPOINT_URL", url(), "AWS_ACCESS_KEY_ID", whose.accessKeyId(), "AWS_SECRET_ACCESS_KEY",
                whose.secretAccessKey(), "AWS_REGION", region(), "AWS_DEFAULT_REGION", region());
    }

    /** An answer of the API. */
    public static final class Answer {
        private final Document document;

        private Answer(Document document) {
            this.document = document;
        }

        /** The text of the first element of that name; empty when there is none. */
        public String text(String name) {
            NodeList found = document.getElementsByTagNameNS("*", name);
            return found.getLength() == 0 ? "" : found.item(0).getTextContent();
        }
    }

    /** An operation of rds, iam or sts as the administrator. */
    public Answer call(String service, String action, Map<String, String> parameters) {
        Map<String, String> all = new TreeMap<>(parameters);
        all.put("Action", action);
        all.put("Version", VERSIONS.get(service));
        String body = Signing.form(all);
        URI address = URI.create(url() + "/");
        Signing.Scope scope = Signing.Scope.now(region(), service);
        HttpRequest request = HttpRequest.newBuilder(address)
                .timeout(PATIENCE)
                .header("Content-Type", Signing.FORM)
                .header("X-Amz-Date", scope.timestamp())
                .header("Authorization", Signing.authorization(administrator, scope, address.getAuthority(), body))
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        try {
            HttpResponse<InputStream> response = http.send(request, HttpResponse.BodyHandlers.ofInputStream());
            Answer answer = parsed(response.body());
            if (response.statusCode() == 200) return answer;
            throw new CountersignException(action + ": " + answer.text("Code") + ": " + answer.text("Message"), answer.text("Code"));
        } catch (IOException failure) {
            throw new CountersignException(action + ": " + failure.getMessage(), failure);
        } catch (InterruptedException wanted) {
            Thread.currentThread().interrupt();
            throw new CountersignException(action + " was interrupted", wanted);
        }
    }

    private static Answer parsed(InputStream body) throws IOException {
        try (body) {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
            factory.setNamespaceAware(true);
            factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
            return new Answer(factory.newDocumentBuilder().parse(body));
        } catch (ParserConfigurationException | SAXException failure) {
            throw new IOException(failure);
        }
    }

    /** A PostgreSQL of its own, IAM authentication on. */
    public Instance createInstance() {
        return createInstance("test-" + instances.incrementAndGet(), Map.of());
    }

    /** The same with a name; parameters are those of CreateDBInstance. */
    public Instance createInstance(String name, Map<String, String> parameters) {
        return Instance.create(this, name, parameters);
    }
}
