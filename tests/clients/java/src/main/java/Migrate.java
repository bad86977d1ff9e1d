import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.Map;

/** Migrates with Flyway as often as it reads a line; pgjdbc finds the password in PGPASSFILE. */
public class Migrate {
    public static void main(String[] arguments) throws java.io.IOException {
        Map<String, String> env = System.getenv();
        String url = "jdbc:postgresql://" + env.get("PGHOST") + ":" + env.get("PGPORT") + "/" + env.get("PGDATABASE")
            + "?sslmode=" + env.get("PGSSLMODE") + "&sslrootcert=" + env.get("PGSSLROOTCERT");

        var lines = new BufferedReader(new InputStreamReader(System.in));
        while (lines.readLine() != null) {
            try {
                var flyway = Flyway.configure().dataSource(url, env.get("PGUSER"), null)
                    .locations("filesystem:" + arguments[0]).defaultSchema(env.get("PGUSER")).load();
                flyway.migrate();
                System.out.println(flyway.info().current().getVersion());
            } catch (FlywayException refusal) {
                System.out.println("refused: " + refusal.getMessage().replace('\n', ' '));
            }
        }
    }
}
