package countersign.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(CountersignExtension.class)
class CountersignExtensionTest {
    private static Database ofTheClass;

    @BeforeAll
    static void theClassHasOne(Database database) {
        ofTheClass = database;
    }

    private static String asked(Connection connection, String sql) throws SQLException {
        try (connection; Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(sql)) {
            assertTrue(rows.next());
            return rows.getString(1);
        }
    }

    private static void assertRefused(Database database, String password) {
        SQLException refusal = assertThrows(SQLException.class, () -> database.connect(password).close());
        assertTrue(refusal.getMessage().contains("PAM authentication failed for user \"" + database.user() + "\""),
                refusal.getMessage());
    }

    @Test
    void aTokenIsThePassword(Database database) throws SQLException {
        assertEquals(database.user() + " " + database.name(),
                asked(database.connect(), "SELECT session_user || ' ' || current_database()"));
        assertEquals("t", asked(database.connect(), "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"));
    }

    @Test
    void theClassKeepsItsOwn(Database database) throws SQLException {
        assertNotEquals(ofTheClass.name(), database.name());
        assertEquals(ofTheClass.user(), asked(ofTheClass.connect(), "SELECT session_user"));
    }

    @Test
    void anotherPasswordIsRefusedAndWhatNoPolicyAllows(Database database) throws SQLException {
        assertRefused(database, "not-a-token");
        assertRefused(database, ofTheClass.token());
        database.deny();
        assertRefused(database, database.token());
        database.allow();
        database.connect().close();
    }

    @Test
    void namesMayNeedQuoting(Instance instance) throws SQLException {
        try (Database database = instance.createDatabase("a\"b", "o\"hara+1 ~*\\ @x")) {
            assertEquals("o\"hara+1 ~*\\ @x", asked(database.connect(), "SELECT session_user"));
        }
    }

    @Test
    void programsGetAnEnvironment(Database database) throws IOException {
        ProcessBuilder psql = new ProcessBuilder(Programs.psql(), "-XAtc", "SELECT session_user");
        psql.environment().putAll(database.environment());
        psql.environment().put("PGPASSWORD", database.token());
        assertEquals(database.user() + "\n", new String(psql.start().getInputStream().readAllBytes(), StandardCharsets.UTF_8));
    }

    @Test
    void theApiRefusesByItsCodes(Server server, Instance instance) {
        CountersignException refusal =
                assertThrows(CountersignException.class, () -> server.createInstance(instance.name(), Map.of()));
        assertEquals("DBInstanceAlreadyExists", refusal.code());
    }

    @Test
    void aServerThatDoesNotStartSaysWhy() {
        CountersignException failure = assertThrows(CountersignException.class, () -> Server.start("--account-id", "12"));
        assertTrue(failure.getMessage().contains("an account id has 12 digits"), failure.getMessage());
    }

    @Test
    void nothingIsLeftOfOneThatWasClosed() {
        Path directory;
        try (Server server = Server.start()) {
            server.createInstance();
            directory = server.dataDir();
            assertTrue(Files.exists(directory));
        }
        assertFalse(Files.exists(directory));
    }

    private static String placeOf(Class<?> type) {
        return Path.of(URI.create(type.getProtectionDomain().getCodeSource().getLocation().toString())).toString();
    }

    @Test
    void nothingIsLeftOfARunThatIsKilled() throws IOException, InterruptedException {
        ProcessBuilder suite = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin/java").toString(), "-cp",
                placeOf(Server.class) + ":" + placeOf(Killed.class), Killed.class.getName());
        String printed = new String(suite.start().getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(printed.contains("countersign-"), printed);
        long deadline = System.nanoTime() + Server.PATIENCE.toNanos();
        while (Files.exists(Path.of(printed))) {
            assertTrue(System.nanoTime() < deadline, printed);
            Thread.sleep(50);
        }
    }

    @Test
    void secretsAreNotShown(Server server) {
        assertFalse(server.administrator().toString().contains(server.administrator().secretAccessKey()));
    }
}
