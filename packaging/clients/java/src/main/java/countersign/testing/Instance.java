package countersign.testing;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** A PostgreSQL server. Closing it deletes it. */
public final class Instance implements AutoCloseable {
    static final String MASTER = "postgres";
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Server server;
    private final String name;
    private final String masterPassword = random(18);
    private final AtomicInteger databases = new AtomicInteger();
    private String host = "";
    private int port;
    private String resourceId = "";

    private Instance(Server server, String name) {
        this.server = server;
        this.name = name;
    }

    static String random(int bytes) {
        byte[] made = new byte[bytes];
        RANDOM.nextBytes(made);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(made);
    }

    static Instance create(Server server, String name, Map<String, String> parameters) {
        Instance instance = new Instance(server, name);
        Map<String, String> wanted = new HashMap<>(Map.of("DBInstanceIdentifier", name, "Engine", "postgres", "DBInstanceClass",
                "db.t4g.micro", "AllocatedStorage", "20", "MasterUsername", MASTER, "MasterUserPassword",
                instance.masterPassword, "EnableIAMDatabaseAuthentication", "true"));
        wanted.putAll(parameters);
        server.call("rds", "CreateDBInstance", wanted);
        long deadline = System.nanoTime() + Server.PATIENCE.toNanos();
        while (!instance.isAvailable()) {
            if (System.nanoTime() > deadline) throw new CountersignException(name + " does not become available");
            pause();
        }
        return instance;
    }

    private static void pause() {
        try {
            Thread.sleep(10);
        } catch (InterruptedException wanted) {
            Thread.currentThread().interrupt();
            throw new CountersignException("interrupted", wanted);
        }
    }

    private boolean isAvailable() {
        Server.Answer told = server.call("rds", "DescribeDBInstances", Map.of("DBInstanceIdentifier", name));
        String status = told.text("DBInstanceStatus");
        if (status.equals("failed")) throw new CountersignException(name + " failed: " + server.said());
        if (!status.equals("available")) return false;
        host = told.text("Address");
        port = Integer.parseInt(told.text("Port"));
        resourceId = told.text("DbiResourceId");
        return true;
    }

    public Server server() {
        return server;
    }

    public String name() {
        return name;
    }

    public String host() {
        return host;
    }

    public int port() {
        return port;
    }

    public String resourceId() {
        return resourceId;
    }

    public String master() {
        return MASTER;
    }

    public String masterPassword() {
        return masterPassword;
    }

    /** Deletes it with all that is in it. */
    @Override
    public void close() {
        server.call("rds", "DeleteDBInstance", Map.of("DBInstanceIdentifier", name, "SkipFinalSnapshot", "true"));
    }

    /** What psql prints of statements in the database postgres, each by itself, as the master user. */
    public String sql(String... statements) {
        List<String> command = new ArrayList<>(List.of(Programs.psql(), "-XAtq", "-v", "ON_ERROR_STOP=1"));
        for (String statement : statements) command.add("--command=" + statement);
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true).redirectInput(new File("/dev/null"));
        builder.environment().keySet().removeIf(variable -> variable.startsWith("PG"));
        builder.environment().putAll(Map.of("PGHOST", host, "PGPORT", String.valueOf(port), "PGUSER", MASTER, "PGDATABASE",
                "postgres", "PGPASSWORD", masterPassword, "PGSSLMODE", "verify-full", "PGSSLROOTCERT",
                server.bundle().toString(), "PGPASSFILE", "/dev/null"));
        try {
            Process running = builder.start();
            String printed = new String(running.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (running.waitFor() == 0) return printed;
            throw new CountersignException(printed.strip());
        } catch (IOException failure) {
            throw new CountersignException("psql: " + failure.getMessage(), failure);
        } catch (InterruptedException wanted) {
            Thread.currentThread().interrupt();
            throw new CountersignException("psql was interrupted", wanted);
        }
    }

    /** A database that belongs to a new user `app`, who may connect by token and has an access key of its own. */
    public Database createDatabase() {
        return createDatabase("test_" + databases.incrementAndGet(), "app");
    }

    /** The same with names. */
    public Database createDatabase(String databaseName, String user) {
        return Database.create(this, databaseName, user);
    }
}
