package countersign.testing;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;

/** A database with its user, whose password is a token. Closing it drops both and deletes the access key. */
public final class Database implements AutoCloseable {
    private final Instance instance;
    private final String name;
    private final String user;
    private final String principal;  // the IAM user
    private Credentials credentials;

    private Database(Instance instance, String name, String user) {
        this.instance = instance;
        this.name = name;
        this.user = user;
        String plain = user.replaceAll("[^A-Za-z0-9_+=,.@-]", "-");
        this.principal = plain.substring(0, Math.min(plain.length(), 40)) + "-" + Instance.random(6);
    }

    // A user that is granted to the master user while it is a member of rds_iam would take that one's password away.
    static Database create(Instance instance, String name, String user) {
        Database database = new Database(instance, name, user);
        String quoted = identifier(user);
        instance.sql("CREATE USER " + quoted, "GRANT " + quoted + " TO " + Instance.MASTER,
                "CREATE DATABASE " + identifier(name) + " OWNER " + quoted,
                "REVOKE " + quoted + " FROM " + Instance.MASTER, "GRANT rds_iam TO " + quoted);
        database.iam("CreateUser", Map.of());
        database.allow();
        Server.Answer key = database.iam("CreateAccessKey", Map.of());
        database.credentials = new Credentials(key.text("AccessKeyId"), key.text("SecretAccessKey"));
        return database;
    }

    private static String identifier(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    private Server.Answer iam(String action, Map<String, String> parameters) {
        Map<String, String> all = new HashMap<>(parameters);
        all.put("UserName", principal);
        return instance.server().call("iam", action, all);
    }

    @Override
    public void close() {
        String quoted = identifier(user);
        instance.sql("REVOKE rds_iam FROM " + quoted, "GRANT " + quoted + " TO " + Instance.MASTER,
                "DROP DATABASE " + identifier(name) + " WITH (FORCE)", "DROP USER " + quoted);
        deny();
        iam("DeleteAccessKey", Map.of("AccessKeyId", credentials.accessKeyId()));
        iam("DeleteUser", Map.of());
    }

    /** Puts the policy by which the user may connect, which is there from the start. */
    public void allow() {
        Server server = instance.server();
        String resource = "arn:aws:rds-db:" + server.region() + ":" + server.account() + ":dbuser:" + instance.resourceId() + "/"
                + user.replace("\\", "\\\\").replace("\"", "\\\"");
        iam("PutUserPolicy", Map.of("PolicyName", "connect", "PolicyDocument", "{\"Version\": \"2012-10-17\", \"Statement\": [{"
                + "\"Effect\": \"Allow\", \"Action\": \"rds-db:connect\", \"Resource\": \"" + resource + "\"}]}"));
    }

    /** Takes that policy away: the next login is refused. */
    public void deny() {
        try {
            iam("DeleteUserPolicy", Map.of("PolicyName", "connect"));
        } catch (CountersignException refusal) {
            if (!refusal.code().equals("NoSuchEntity")) throw refusal;
        }
    }

    /** A new token: the password of one connection, for 15 minutes. A pool asks for one each time. */
    public String token() {
        return Signing.databaseToken(credentials, instance.server().region(), instance.host() + ":" + instance.port(), user);
    }

    /** For pgJDBC, without user and password. */
    public String jdbcUrl() {
        return "jdbc:postgresql://" + instance.host() + ":" + instance.port() + "/" + Signing.quoted(name)
                + "?sslmode=verify-full&sslrootcert=" + Signing.quoted(instance.server().bundle().toString());
    }

    /** A connection by pgJDBC with a new token. */
    public Connection connect() throws SQLException {
        return connect(token());
    }

    /** A connection by pgJDBC with that password. */
    public Connection connect(String password) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", user);
        properties.setProperty("password", password);
        return DriverManager.getConnection(jdbcUrl(), properties);
    }

    /** For an application of its own process: the access key, and where and as whom to connect. */
    public Map<String, String> environment() {
        Map<String, String> all = new HashMap<>(instance.server().environment(credentials));
        all.putAll(Map.of("PGHOST", instance.host(), "PGPORT", String.valueOf(instance.port()), "PGDATABASE", name, "PGUSER", user,
                "PGSSLMODE", "verify-full", "PGSSLROOTCERT", instance.server().bundle().toString()));
        return all;
    }

    public Instance instance() {
        return instance;
    }

    public String name() {
        return name;
    }

    public String user() {
        return user;
    }

    public Credentials credentials() {
        return credentials;
    }
}
